-- Second factors, the tickets of a sign-in that waits for one, blocked devices.

create table factors (
	user_id {blob} not null references users (id) on delete cascade,
	kind text not null,
	secret {blob},
	last_step {int},
	created_at {int} not null,
	enabled_at {int},
	primary key (user_id, kind)
){keyed};

create table recovery_codes (
	user_id {blob} not null references users (id) on delete cascade,
	mac {blob} not null,
	created_at {int} not null,
	primary key (user_id, mac)
){keyed};

create table mfa_tickets (
	id {blob} primary key not null,
	mac {blob} not null,
	user_id {blob} not null references users (id) on delete cascade,
	device_id text,
	device_name text,
	channel text,
	amr text not null,
	session_id {blob},
	attempts {int} not null,
	created_at {int} not null,
	expires_at {int} not null,
	ended_at {int}
){strict};
create unique index mfa_tickets_by_mac on mfa_tickets (mac);
create index mfa_tickets_by_user on mfa_tickets (user_id, ended_at);
create index mfa_tickets_by_expiry on mfa_tickets (expires_at);

-- scope: 'all', or the text of the one user's id.
create table blocked_devices (
	device_id text not null,
	scope text not null,
	user_id {blob} references users (id) on delete cascade,
	actor_id {blob},
	reason text not null,
	created_at {int} not null,
	primary key (device_id, scope)
){keyed};
