-- name: fingerprint_put
insert into fingerprints (user_id, device_id, parts, saved_at) values ($1, $2, $3, $4)
on conflict (user_id, device_id) do update set parts = excluded.parts, saved_at = excluded.saved_at

-- name: fingerprint_get
select parts, saved_at from fingerprints where user_id = $1 and device_id = $2

-- name: fingerprint_count
select count(*) from fingerprints where user_id = $1

-- name: fingerprint_delete
delete from fingerprints where user_id = $1 and device_id = $2

-- name: fingerprint_delete_all
delete from fingerprints where user_id = $1

-- name: session_set_fingerprint_poor
update sessions set fingerprint_poor_at = $2 where id = $1
