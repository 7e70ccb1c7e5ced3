-- part: user_columns
users.id, users.email, users.email_key, users.username, users.username_key, users.phone,
users.full_name, users.password, users.role, users.kyc_status, users.is_email_verified,
users.is_phone_verified, users.mfa_enabled, users.locked_at, users.locked_until, users.lock_reason,
users.deleted_at, users.created_at, users.updated_at, users.last_login_at

-- name: user_insert
insert into users (id, email, email_key, username, username_key, phone, full_name, password, role,
	kyc_status, is_email_verified, is_phone_verified, mfa_enabled, locked_at, locked_until,
	lock_reason, deleted_at, created_at, updated_at, last_login_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
on conflict do nothing

-- name: user_by_id
select {user_columns} from users where users.id = $1

-- name: user_hold
select {user_columns} from users where users.id = $1

-- name: user_hold [postgres]
select {user_columns} from users where users.id = $1 for no key update

-- name: user_by_email
select {user_columns} from users where users.email_key = $1

-- name: user_hold_by_email
select {user_columns} from users where users.email_key = $1

-- name: user_hold_by_email [postgres]
select {user_columns} from users where users.email_key = $1 for no key update

-- name: user_by_username
select {user_columns} from users where users.username_key = $1

-- name: user_by_verified_phone
select {user_columns} from users where users.phone = $1 and users.is_phone_verified = 1

-- name: user_hold_by_verified_phone
select {user_columns} from users where users.phone = $1 and users.is_phone_verified = 1

-- name: user_hold_by_verified_phone [postgres]
select {user_columns} from users where users.phone = $1 and users.is_phone_verified = 1 for no key update

-- name: user_set_profile
update users set username = $2, username_key = $3, full_name = $4, phone = $5,
	is_phone_verified = $6, updated_at = $7
where id = $1

-- name: user_set_password
update users set password = $3, updated_at = $4
where id = $1 and (cast($2 as text) is null or password = $2)

-- name: user_set_email_verified
update users set is_email_verified = 1, updated_at = $2 where id = $1

-- name: user_set_last_login
update users set last_login_at = $2 where id = $1

-- name: user_list
select {user_columns} from users where users.id > $1 order by users.id limit $2

-- name: user_reset
update users set username = null, username_key = null, phone = null, full_name = $2, password = $3, role = $4,
	kyc_status = 'none', is_email_verified = 1, is_phone_verified = 0, mfa_enabled = 0, updated_at = $5,
	last_login_at = null
where id = $1

-- name: user_delete
delete from users where id = $1

-- name: user_set_email
update users set email = $2, email_key = $3, is_email_verified = 1, updated_at = $4 where id = $1

-- name: user_set_deleted
update users set deleted_at = $2, updated_at = $3 where id = $1

-- name: user_void_password
update users set password = null, updated_at = $2 where id = $1

-- name: user_due_for_erasure
select users.id from users
where users.deleted_at is not null and users.deleted_at <= $1 and not exists (
	select 1 from undo_links where undo_links.user_id = users.id and undo_links.kind <> 'restore'
		and undo_links.used_at is null and undo_links.expires_at > $2)
order by users.deleted_at limit $3

-- name: user_set_lock
update users set locked_at = $2, locked_until = $3, lock_reason = $4, updated_at = $5 where id = $1

-- name: user_set_role
update users set role = $2, updated_at = $3 where id = $1

-- name: user_another_admin
select users.id from users
where users.role = 'ADMIN' and users.id <> $1 and users.deleted_at is null
	and (users.locked_at is null or users.locked_until <= $2)
limit 1
