-- name: login_insert
insert into logins (id, at, user_id, identifier, outcome, method, ip, country, city, device_id,
	user_agent, session_id, alert, latitude, longitude)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- part: login_columns
id, at, user_id, identifier, outcome, method, ip, country, city, device_id, user_agent, session_id, alert

-- part: login_residual
(cast($2 as text) is null or ip = $2) and (cast($3 as text) is null or outcome = $3)

-- name: login_list
select {login_columns} from logins where id < $1 and {login_residual} order by id desc limit $4

-- name: login_list_by_user
select {login_columns} from logins where user_id = $5 and id < $1 and {login_residual}
order by id desc limit $4

-- name: login_list_by_ip
select {login_columns} from logins where ip = $2 and id < $1 and {login_residual}
order by id desc limit $4

-- name: login_list_by_outcome
select {login_columns} from logins where outcome = $3 and id < $1 and {login_residual}
order by id desc limit $4

-- name: login_country_known
select id from logins where user_id = $1 and country = $2 and outcome = 'success' and country is not null limit 1

-- name: login_countries_known
select id from logins where user_id = $1 and outcome = 'success' and country is not null limit 1

-- name: login_last_place
select at, latitude, longitude from logins
where user_id = $1 and outcome = 'success' and latitude is not null order by id desc limit 1

-- name: login_alerted_since
select id from logins where user_id = $1 and alert is not null and id >= $2 and ip = $3 and alert = $4 limit 1

-- name: audit_insert
insert into audit_events (id, at, actor_id, subject_id, action, ip, request_id, detail, seq, mac)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- part: audit_columns
id, at, actor_id, subject_id, action, ip, request_id, detail, seq, mac

-- part: audit_residual
(cast($2 as {blob}) is null or subject_id = $2) and (cast($3 as {blob}) is null or actor_id = $3)
	and (cast($4 as text) is null or action = $4)

-- name: audit_list
select {audit_columns} from audit_events where id < $1 and {audit_residual} order by id desc limit $5

-- name: audit_list_by_subject
select {audit_columns} from audit_events where subject_id = $2 and id < $1 and {audit_residual}
order by id desc limit $5

-- name: audit_list_by_actor
select {audit_columns} from audit_events where actor_id = $3 and id < $1 and {audit_residual}
order by id desc limit $5

-- name: audit_list_by_action
select {audit_columns} from audit_events where action = $4 and id < $1 and {audit_residual}
order by id desc limit $5

-- name: audit_chain
select {audit_columns} from audit_events where seq > $1 order by seq limit $2

-- name: audit_last
select {audit_columns} from audit_events where seq is not null order by seq desc limit 1

-- name: audit_unchained
select {audit_columns} from audit_events where seq is null limit 1

-- name: audit_unchained_count
select count(*) from audit_events where seq is null

-- name: audit_delete_chained
delete from audit_events where seq <= $1

-- name: login_delete_all
delete from logins where user_id = $1

-- name: login_sweep
delete from logins where id in (
	select id from logins where at < $1 order by at limit cast($2 as bigint))

-- Those from before the chain.
-- name: audit_sweep_unchained
delete from audit_events where id in (
	select id from audit_events where seq is null and at < $1 limit cast($2 as bigint))

-- name: login_delete_some
delete from logins where id in (select id from logins where user_id = $1 limit cast($2 as bigint))
