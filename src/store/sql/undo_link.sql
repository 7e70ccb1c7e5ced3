-- part: undo_columns
id, user_id, kind, email, email_key, phone, phone_verified, session_id, sent_to, created_at, expires_at, used_at

-- name: undo_insert
insert into undo_links ({undo_columns}, mac) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, null, $12)

-- name: undo_by_mac
select {undo_columns} from undo_links where mac = $1

-- name: undo_use
update undo_links set used_at = $2 where id = $1 and used_at is null and expires_at > $2

-- name: undo_end_others
update undo_links set used_at = $6
where user_id = $1 and used_at is null and id <> $2 and (
	(kind <> 'email' and (created_at > $3 or sent_to <> $4))
	or (kind = 'email' and created_at > $3 and sent_to <> $5))

-- name: undo_holding
select user_id from undo_links
where email_key = $1 and kind = 'email' and used_at is null and expires_at > $2
	and user_id is distinct from $3
limit 1

-- name: undo_living
select id from undo_links
where user_id = $1 and kind <> 'restore' and used_at is null and expires_at > $2
limit 1

-- name: undo_sweep
delete from undo_links where id in (
	select id from undo_links where expires_at < $1 order by expires_at limit cast($2 as bigint))
