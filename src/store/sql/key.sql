-- name: key_insert
insert into signing_keys (kid, alg, public_der, sealed_private, created_at, signs_from,
	verifies_until)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: key_list
select kid, alg, public_der, sealed_private, created_at, signs_from, verifies_until
from signing_keys order by created_at, kid

-- name: fact_get
select value from facts where name = $1

-- name: fact_put
insert into facts (name, value) values ($1, $2) on conflict (name) do nothing

-- name: fact_set
insert into facts (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value
