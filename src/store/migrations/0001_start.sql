-- Accounts, sessions, challenges, records, counts, the outbox, keys and facts.
-- Ids are 16 bytes; times are microseconds since 1970 UTC, NULL for "never".

create table users (
	id {blob} primary key not null,
	email text not null,
	email_key text not null,
	username text,
	username_key text,
	phone text,
	full_name text,
	password text,
	role text not null,
	kyc_status text not null,
	is_email_verified {int} not null,
	is_phone_verified {int} not null,
	mfa_enabled {int} not null,
	locked_at {int},
	locked_until {int},
	lock_reason text,
	deleted_at {int},
	created_at {int} not null,
	updated_at {int} not null,
	last_login_at {int}
){keyed};
create unique index users_by_email on users (email_key);
create unique index users_by_username on users (username_key);
create unique index users_by_phone on users (phone) where is_phone_verified = 1;
create index users_by_admin on users (id) where role = 'ADMIN';

create table sessions (
	id {blob} primary key not null,
	user_id {blob} not null references users (id) on delete cascade,
	device_id text,
	user_agent text,
	ip text,
	country text,
	amr text,
	auth_time {int} not null,
	created_at {int} not null,
	last_seen_at {int} not null,
	expires_at {int} not null,
	idle_expires_at {int} not null,
	counter {int} not null,
	rotated_at {int},
	revoked_at {int},
	revoked_why text
){keyed};
create index sessions_by_user on sessions (user_id, revoked_at);
create index sessions_by_expiry on sessions (expires_at);

create table devices (
	id {blob} primary key not null,
	user_id {blob} not null references users (id) on delete cascade,
	device_id text not null,
	name text,
	first_seen_at {int} not null,
	last_seen_at {int} not null
){strict};
create unique index devices_by_user on devices (user_id, device_id);
create index devices_by_owner on devices (user_id, id desc);

create table challenges (
	id {blob} primary key not null,
	user_id {blob} references users (id) on delete cascade,
	purpose text not null,
	channel text not null,
	destination text not null,
	code_mac {blob},
	link_mac {blob},
	attempts {int} not null,
	created_at {int} not null,
	code_expires_at {int},
	link_expires_at {int},
	consumed_at {int},
	replaced_at {int}
){strict};
create unique index challenges_by_link on challenges (link_mac);
create index challenges_by_user on challenges (user_id, purpose, replaced_at);
create index challenges_by_destination on challenges (purpose, destination, replaced_at);
create index challenges_by_age on challenges (created_at);

-- Records outlive the accounts that they are about, so their ids refer to nothing.
create table logins (
	id {blob} primary key not null,
	at {int} not null,
	user_id {blob},
	identifier text,
	outcome text not null,
	method text,
	ip text,
	country text,
	city text,
	device_id text,
	user_agent text,
	session_id {blob}
){strict};
create index logins_by_user on logins (user_id, id desc);
create index logins_by_age on logins (at);

create table audit_events (
	id {blob} primary key not null,
	at {int} not null,
	actor_id {blob},
	subject_id {blob},
	action text not null,
	ip text,
	request_id text,
	detail text
){strict};
create index audit_events_by_subject on audit_events (subject_id, id desc);
create index audit_events_by_age on audit_events (at);

create table counts (
	kind text not null,
	key {blob} not null,
	failures {int} not null,
	last_at {int} not null,
	wait_until {int},
	primary key (kind, key)
){keyed};
create index counts_by_age on counts (kind, last_at);

-- created_at stands in the index so that the depth is told without reading the payloads.
create table outbox (
	id {blob} primary key not null,
	channel text not null,
	payload {blob} not null,
	created_at {int} not null,
	next_at {int} not null,
	attempts {int} not null
){strict};
create index outbox_by_next on outbox (next_at, created_at);

create table signing_keys (
	kid text primary key not null,
	alg text not null,
	public_der {blob},
	sealed_private {blob} not null,
	created_at {int} not null,
	signs_from {int} not null,
	verifies_until {int}
){strict};

create table facts (
	name text primary key not null,
	value {blob} not null
){keyed};

-- People whose address is not proven yet; no account exists for them. net is whose request it was (a keyed hash).
create table preregistrations (
	id {blob} primary key not null,
	email text not null,
	email_key text not null,
	full_name text not null,
	password text not null,
	link_mac {blob} not null,
	net {blob} not null,
	created_at {int} not null,
	expires_at {int} not null,
	consumed_at {int}
){strict};
create unique index preregistrations_by_link on preregistrations (link_mac);
create index preregistrations_by_email on preregistrations (email_key, consumed_at, id);
create index preregistrations_by_expiry on preregistrations (expires_at);
