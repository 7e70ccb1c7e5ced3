-- Time spent is added to what is due, unless that would lie further ahead than the window ($4). One minute past it
-- can't come from a clock that is a little wrong: a clock was set back, and it begins anew.

-- name: rate_take
insert into rates (key, due) values ($1, cast($2 as bigint) + $3)
on conflict (key) do update
set due = $3 + case
	when rates.due > $2 and rates.due <= cast($2 as bigint) + $4 + 60000000 then rates.due
	else cast($2 as bigint) end
where rates.due + $3 <= cast($2 as bigint) + $4 or rates.due > cast($2 as bigint) + $4 + 60000000
returning due

-- name: rate_due
select due from rates where key = $1

-- name: rate_sweep
delete from rates where key in (select key from rates where due < $1 limit cast($2 as bigint))
