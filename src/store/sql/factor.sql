-- part: factor_columns
user_id, kind, secret, last_step, created_at, enabled_at

-- name: factor_put
insert into factors ({factor_columns}) values ($1, $2, $3, null, $4, null)
on conflict (user_id, kind) do update
set secret = excluded.secret, last_step = null, created_at = excluded.created_at, enabled_at = null

-- name: factor_list
select {factor_columns} from factors where user_id = $1 order by kind desc

-- name: factor_enable
update factors set enabled_at = $3 where user_id = $1 and kind = $2 and enabled_at is null

-- name: factor_take_step
update factors set last_step = $3
where user_id = $1 and kind = $2 and (last_step is null or last_step < $3)

-- name: factor_delete_all
delete from factors where user_id = $1

-- name: factor_delete_since
delete from factors where user_id = $1 and (created_at >= $2 or enabled_at >= $2)

-- name: user_set_mfa
update users set mfa_enabled = $2, updated_at = $3 where id = $1

-- name: recovery_code_put
insert into recovery_codes (user_id, mac, created_at) values ($1, $2, $3)

-- name: recovery_code_take
delete from recovery_codes where user_id = $1 and mac = $2

-- name: recovery_code_count
select count(*) from recovery_codes where user_id = $1

-- name: recovery_code_delete_all
delete from recovery_codes where user_id = $1

-- name: recovery_code_delete_since
delete from recovery_codes where user_id = $1 and created_at >= $2

-- part: ticket_columns
id, mac, user_id, device_id, device_name, channel, amr, session_id, attempts, created_at, expires_at, ended_at

-- name: ticket_insert
insert into mfa_tickets ({ticket_columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, null)

-- name: ticket_by_mac
select {ticket_columns} from mfa_tickets where mac = $1

-- name: ticket_take_attempt
update mfa_tickets set attempts = attempts + 1
where id = $1 and ended_at is null and attempts < $2 and expires_at > $3

-- name: ticket_end
update mfa_tickets set ended_at = $2 where id = $1 and ended_at is null

-- name: ticket_end_channel
update mfa_tickets set ended_at = $3 where user_id = $1 and channel = $2 and ended_at is null

-- name: ticket_end_all
update mfa_tickets set ended_at = $2 where user_id = $1 and ended_at is null

-- name: ticket_sweep
delete from mfa_tickets where id in (
	select id from mfa_tickets where expires_at < $1 order by expires_at limit cast($2 as bigint))
