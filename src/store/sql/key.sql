-- name: key_insert
insert into signing_keys (kid, alg, public_der, sealed_private, created_at, signs_from,
	verifies_until)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: key_list
select kid, alg, public_der, sealed_private, created_at, signs_from, verifies_until
from signing_keys order by created_at, kid

-- name: key_retire_others
update signing_keys set verifies_until = $2 where kid <> $1 and verifies_until is null

-- name: key_delete_expired
delete from signing_keys where verifies_until < $1

-- name: fact_get
select value from facts where name = $1

-- name: fact_put
insert into facts (name, value) values ($1, $2) on conflict (name) do nothing

-- name: fact_set
insert into facts (name, value) values ($1, $2)
on conflict (name) do update set value = excluded.value
