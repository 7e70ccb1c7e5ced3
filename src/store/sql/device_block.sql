-- name: device_block_put
insert into blocked_devices (device_id, scope, user_id, actor_id, reason, created_at) values ($1, $2, $3, $4, $5, $6)
on conflict (device_id, scope) do update
set actor_id = excluded.actor_id, reason = excluded.reason, created_at = excluded.created_at

-- name: device_block_delete
delete from blocked_devices where device_id = $1 and scope = $2

-- name: device_block_find
select created_at from blocked_devices
where blocked_devices.device_id = $1 and (blocked_devices.user_id is null or blocked_devices.user_id = $2) limit 1

-- name: device_block_list
select device_id, user_id, actor_id, reason, created_at from blocked_devices
where device_id > $1 or (device_id = $1 and scope > $2) order by device_id, scope limit $3
