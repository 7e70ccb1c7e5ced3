-- What an account's owner may see of it, whole.

-- name: export_sessions
select id, device_id, user_agent, ip, country, amr, created_at, last_seen_at, expires_at, revoked_at
from sessions where user_id = $1 order by id desc limit $2

-- name: export_logins
select at, identifier, outcome, method, ip, country, city, device_id, user_agent from logins
where user_id = $1 order by id desc limit $2

-- name: export_events
select at, action, case when actor_id is null or actor_id = $1 then ip end, detail from audit_events
where subject_id = $1 order by id desc limit $2
