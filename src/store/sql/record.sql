-- name: login_insert
insert into logins (id, at, user_id, identifier, outcome, method, ip, country, city, device_id,
	user_agent, session_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: audit_insert
insert into audit_events (id, at, actor_id, subject_id, action, ip, request_id, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: login_delete_all
delete from logins where user_id = $1

-- name: login_sweep
delete from logins where id in (
	select id from logins where at < $1 order by at limit cast($2 as bigint))

-- name: audit_sweep
delete from audit_events where id in (
	select id from audit_events where at < $1 order by at limit cast($2 as bigint))
