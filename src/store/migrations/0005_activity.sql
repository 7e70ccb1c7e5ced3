-- What owners and administrators look up, the chain of audit events, fingerprints, places of sign-ins.

alter table logins add column alert text;
alter table logins add column latitude {int};
alter table logins add column longitude {int};
create index logins_by_ip on logins (ip, id desc);
create index logins_by_outcome on logins (outcome, id desc);
create index logins_by_country on logins (user_id, country) where outcome = 'success' and country is not null;
create index logins_by_place on logins (user_id, id desc) where outcome = 'success' and latitude is not null;
create index logins_by_alert on logins (user_id, id desc) where alert is not null;

alter table audit_events add column seq {int};
alter table audit_events add column mac {blob};
create unique index audit_events_by_seq on audit_events (seq);
create index audit_events_by_actor on audit_events (actor_id, id desc);
create index audit_events_by_action on audit_events (action, id desc);

create index users_by_role on users (role, id desc);
create index users_by_lock on users (id desc) where locked_at is not null;
create index users_by_closed on users (id desc) where deleted_at is not null;
create index users_by_name on users (lower(full_name{bytes}));
{only_postgres}create index users_by_email_bytes on users (email_key{bytes});
{only_postgres}create index users_by_username_bytes on users (username_key{bytes});

-- parts: what of the fingerprint is kept, attribute by attribute (domain/device_fingerprint.c).
create table fingerprints (
	user_id {blob} not null references users (id) on delete cascade,
	device_id text not null,
	parts {blob} not null,
	saved_at {int} not null,
	primary key (user_id, device_id)
){keyed};
alter table sessions add column fingerprint_poor_at {int};
