-- name: count_get
select failures, last_at, wait_until from counts where kind = $1 and key = $2

-- name: count_set
insert into counts (kind, key, failures, last_at, wait_until) values ($1, $2, $3, $4, $5)
on conflict (kind, key) do update
set failures = excluded.failures, last_at = excluded.last_at, wait_until = excluded.wait_until

-- name: count_clear
delete from counts where kind = $1 and key = $2

-- name: count_sweep
delete from counts where (kind, key) in (
	select kind, key from counts where kind = $1 and last_at < $2 order by last_at limit $3)

-- name: count_clear_range
delete from counts where kind = $1 and key >= $2 and key <= $3
