-- name: outbox_insert
insert into outbox (id, channel, payload, created_at, next_at, attempts)
values ($1, $2, $3, $4, $5, $6)

-- What is for nobody ("void") goes with the mails, whose work it is to equal.
-- part: of_channel
(channel = $1 or channel = 'void' and $1 = 'email')

-- name: outbox_due
select id, channel, payload, created_at, next_at, attempts from outbox
where next_at <= $2 and (cast($1 as text) is null or {of_channel})
order by next_at, created_at limit $3

-- name: outbox_next
select min(next_at) from outbox where {of_channel}

-- name: outbox_take
update outbox set attempts = attempts + 1, next_at = $3 where id = $1 and attempts = $2

-- name: outbox_delay
update outbox set next_at = $2 where id = $1

-- name: outbox_delete
delete from outbox where id = $1

-- name: outbox_depth
select count(*), min(created_at) from outbox

-- name: outbox_release
update outbox set next_at = $1 where next_at > $1 and attempts > 0
