-- part: preregistration_columns
preregistrations.id, preregistrations.email, preregistrations.email_key, preregistrations.full_name,
preregistrations.password, preregistrations.link_mac, preregistrations.net, preregistrations.created_at,
preregistrations.expires_at, preregistrations.consumed_at

-- name: preregistration_insert
insert into preregistrations (id, email, email_key, full_name, password, link_mac, net, created_at, expires_at,
	consumed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: preregistration_by_link
select {preregistration_columns} from preregistrations where preregistrations.link_mac = $1

-- name: preregistration_pending
select {preregistration_columns} from preregistrations
where preregistrations.email_key = $1 and preregistrations.consumed_at is null and preregistrations.expires_at > $2
order by preregistrations.id desc

-- name: preregistration_consume
update preregistrations set consumed_at = $2
where id = $1 and consumed_at is null and expires_at > $2

-- name: preregistration_relink
update preregistrations set link_mac = $2, expires_at = $3 where id = $1 and consumed_at is null

-- name: preregistration_delete
delete from preregistrations where id = $1

-- name: preregistration_sweep
delete from preregistrations where id in (
	select id from preregistrations where expires_at < $1 order by expires_at limit cast($2 as bigint)
)
