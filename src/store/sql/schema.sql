-- Which migrations were applied. Made by the runner itself (migrate.c), before the first of them.

-- name: schema_version_create
create table if not exists schema_version (
	number {int} primary key not null,
	name text not null,
	sum text not null,
	applied_at {int} not null
){strict}

-- name: schema_version_list
select number, name, sum from schema_version order by number

-- name: schema_version_add
insert into schema_version (number, name, sum, applied_at) values ($1, $2, $3, $4)

-- name: schema_version_get
select coalesce(max(number), 0) from schema_version
