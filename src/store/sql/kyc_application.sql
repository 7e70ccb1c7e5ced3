-- part: kyc_columns
id, user_id, status, full_name, date_of_birth, country, document_type, document_number, reason, asked,
decided_by, decided_source, first_approver, last_event_at, submitted_at, decided_at, expires_at, erased_at,
version, created_at

-- name: kyc_insert
insert into kyc_applications ({kyc_columns})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
on conflict do nothing

-- name: kyc_by_id
select {kyc_columns} from kyc_applications where id = $1

-- name: kyc_latest
select {kyc_columns} from kyc_applications where user_id = $1 order by id desc limit 1

-- name: kyc_update
update kyc_applications set status = $3, full_name = $4, date_of_birth = $5, country = $6, document_type = $7,
	document_number = $8, reason = $9, asked = $10, decided_by = $11, decided_source = $12, first_approver = $13,
	last_event_at = $14, submitted_at = $15, decided_at = $16, expires_at = $17, erased_at = $18, version = version + 1
where id = $1 and version = $2

-- name: kyc_list
select {kyc_columns} from kyc_applications
where status = $1 and id > $2 order by id limit $3

-- name: kyc_list_any
select {kyc_columns} from kyc_applications where id > $1 order by id limit $2

-- name: kyc_of_user
select {kyc_columns} from kyc_applications where user_id = $1 order by id desc limit $2

-- name: kyc_expired
select {kyc_columns} from kyc_applications
where (status = 'approved' and expires_at is not null and expires_at <= $1)
	or (status = 'resubmit' and decided_at <= $2)
limit $3

-- name: kyc_due_for_erasure
select {kyc_columns} from kyc_applications
where erased_at is null and decided_at is not null and decided_at <= $1
	and status <> 'resubmit' and status <> 'pending'
limit $2

-- name: kyc_depth
select count(*), min(submitted_at) from kyc_applications where status = 'pending'

-- name: kyc_history_insert
insert into kyc_history (id, application_id, at, event, status, source, actor_id, reason, asked)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: kyc_history_list
select id, application_id, at, event, status, source, actor_id, reason, asked from kyc_history
where application_id = $1 order by id limit $2

-- name: kyc_submissions
select count(*), min(kyc_history.at) from kyc_history
join kyc_applications on kyc_applications.id = kyc_history.application_id
where kyc_applications.user_id = $1 and kyc_history.event = 'submitted' and kyc_history.at > $2

-- name: user_set_kyc
update users set kyc_status = $2, updated_at = $3 where id = $1
