-- part: challenge_columns
id, user_id, purpose, channel, destination, code_mac, link_mac, attempts, created_at,
code_expires_at, link_expires_at, consumed_at, replaced_at

-- name: challenge_replace
update challenges set replaced_at = $4
where purpose = $1 and destination = $2 and user_id is not distinct from $3
	and consumed_at is null and replaced_at is null

-- name: challenge_insert
insert into challenges ({challenge_columns})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: challenge_by_link
select {challenge_columns} from challenges where link_mac = $1

-- name: challenge_by_id
select {challenge_columns} from challenges where id = $1

-- name: challenge_open_at
select {challenge_columns} from challenges
where user_id = $1 and purpose = $2 and destination = $3 and consumed_at is null and replaced_at is null
	and code_mac is not null
order by created_at desc, id desc limit 1

-- name: challenge_open_decoy
select {challenge_columns} from challenges
where purpose = $1 and destination = $2 and replaced_at is null and user_id is null and consumed_at is null
order by created_at desc, id desc limit 1

-- name: challenge_open_of_user
select {challenge_columns} from challenges
where user_id = $1 and purpose = $2 and consumed_at is null and replaced_at is null
	and code_mac is not null
order by created_at desc, id desc limit 1

-- name: challenge_take_attempt
update challenges set attempts = attempts + 1
where id = $1 and attempts < $2 and code_expires_at > $3 and consumed_at is null
	and replaced_at is null

-- name: challenge_consume
update challenges set consumed_at = $2
where id = $1 and consumed_at is null and replaced_at is null

-- name: challenge_end_all
update challenges set replaced_at = $2
where user_id = $1 and consumed_at is null and replaced_at is null

-- name: challenge_end_purpose
update challenges set replaced_at = $3
where user_id = $1 and purpose = $2 and consumed_at is null and replaced_at is null

-- name: challenge_end_destination
update challenges set replaced_at = $3
where user_id = $1 and destination = $2 and consumed_at is null and replaced_at is null

-- name: challenge_sweep
delete from challenges where id in (
	select id from challenges where created_at < $1 order by created_at limit cast($2 as bigint))

-- name: challenge_delete_some
delete from challenges where id in (select id from challenges where user_id = $1 limit cast($2 as bigint))
