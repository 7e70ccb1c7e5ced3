-- part: session_columns
sessions.id, sessions.user_id, sessions.device_id, sessions.user_agent, sessions.ip,
sessions.country, sessions.amr, sessions.auth_time, sessions.created_at, sessions.last_seen_at,
sessions.expires_at, sessions.idle_expires_at, sessions.counter, sessions.rotated_at,
sessions.revoked_at, sessions.revoked_why, sessions.fingerprint_poor_at

-- name: session_insert
insert into sessions (id, user_id, device_id, user_agent, ip, country, amr, auth_time, created_at,
	last_seen_at, expires_at, idle_expires_at, counter, rotated_at, revoked_at, revoked_why)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: session_by_id
select {session_columns} from sessions where sessions.id = $1

-- name: session_with_user
select {session_columns}, {user_columns}, cast(case when exists (
	select 1 from blocked_devices where blocked_devices.device_id = sessions.device_id
		and (blocked_devices.user_id is null or blocked_devices.user_id = sessions.user_id)) then 1 else 0 end as bigint)
from sessions join users on users.id = sessions.user_id
where sessions.id = $1

-- name: session_set_auth
update sessions set amr = $2, auth_time = $3 where id = $1

-- name: session_rotate
update sessions set counter = counter + 1, rotated_at = $3, last_seen_at = $3, idle_expires_at = $4
where id = $1 and counter = $2 and revoked_at is null and expires_at > $3 and idle_expires_at > $3

-- name: session_prolong
update sessions set last_seen_at = $3, idle_expires_at = $4
where id = $1 and counter = $2 and revoked_at is null and expires_at > $3 and idle_expires_at > $3

-- name: session_revoke
update sessions set revoked_at = $2, revoked_why = $3 where id = $1 and revoked_at is null

-- name: session_revoke_all
update sessions set revoked_at = $3, revoked_why = $4
where user_id = $1 and revoked_at is null and id is distinct from $2

-- name: session_end_surplus
update sessions set revoked_at = $3, revoked_why = $4
where id in (
	select id from sessions where user_id = $1 and revoked_at is null
	order by last_seen_at desc, id desc limit 10 offset cast($2 as bigint))

-- name: session_set_last_seen
update sessions set last_seen_at = $2 where id = $1

-- name: device_note
insert into devices (id, user_id, device_id, name, first_seen_at, last_seen_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (user_id, device_id) do update
set name = coalesce(excluded.name, devices.name), last_seen_at = excluded.last_seen_at

-- name: session_list_live
select {session_columns}, devices.name
from sessions left join devices on devices.user_id = sessions.user_id and devices.device_id = sessions.device_id
where sessions.user_id = $1 and sessions.revoked_at is null and sessions.expires_at > $2
	and sessions.idle_expires_at > $2
order by sessions.id desc limit 500

-- name: session_revoke_of_device
update sessions set revoked_at = $3, revoked_why = $4
where user_id = $1 and device_id = $2 and revoked_at is null

-- name: session_delete_all
delete from sessions where user_id = $1

-- part: device_columns
id, user_id, device_id, name, first_seen_at, last_seen_at

-- name: device_list
select {device_columns} from devices where user_id = $1 order by id desc limit 500

-- name: device_surplus
select {device_columns} from devices
left join (select device_id as used_on, max(last_seen_at) as used_at from sessions
	where user_id = $1 and revoked_at is null group by device_id) used on used_on = device_id
where user_id = $1 and device_id <> $2
order by case when used_at is null then 1 else 0 end, coalesce(used_at, last_seen_at) desc, id desc
limit cast($3 as bigint) offset cast($4 as bigint)

-- name: device_by_id
select {device_columns} from devices where id = $1

-- name: device_known
select id from devices where user_id = $1 and device_id = $2

-- name: device_rename
update devices set name = $2 where id = $1

-- name: device_delete
delete from devices where id = $1

-- name: device_delete_all
delete from devices where user_id = $1

-- name: session_sweep
delete from sessions where id in (
	select id from sessions where expires_at < $1 order by expires_at limit cast($2 as bigint))

-- name: session_delete_some
delete from sessions where id in (select id from sessions where user_id = $1 limit cast($2 as bigint))
