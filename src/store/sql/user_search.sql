-- Newest first. $1: behind this id; $2 role, $3 status, $4 now; $5 limit.

-- part: user_residual
(cast($2 as text) is null or users.role = $2) and (cast($3 as text) is null or $3 = case
	when users.deleted_at is not null then 'deleted'
	when users.locked_at is not null and (users.locked_until is null or users.locked_until > $4) then 'locked'
	else 'active' end)

-- name: user_find
select {user_columns} from users where users.id < $1 and {user_residual}
order by users.id desc limit $5

-- name: user_find_by_role
select {user_columns} from users where users.role = $2 and users.id < $1 and {user_residual}
order by users.id desc limit $5

-- name: user_find_locked
select {user_columns} from users where users.locked_at is not null and users.id < $1 and {user_residual}
order by users.id desc limit $5

-- name: user_find_deleted
select {user_columns} from users where users.deleted_at is not null and users.id < $1 and {user_residual}
order by users.id desc limit $5

-- name: user_find_by_prefix
select {user_columns} from users
where users.id in (
	select id from users where email_key{bytes} >= $6 and email_key{bytes} < $7
	union select id from users where username_key{bytes} >= $6 and username_key{bytes} < $7
	union select id from users where lower(full_name{bytes}) >= $6 and lower(full_name{bytes}) < $7)
and users.id < $1 and {user_residual}
order by users.id desc limit $5
