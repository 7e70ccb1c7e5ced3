-- Links that take an act back ("this wasn't me") or a deletion. What the account had before the act stands beside.
-- kind: 'email', 'phone', 'session', 'restore'; sent_to is an address key.

create table undo_links (
	id {blob} primary key not null,
	mac {blob} not null,
	user_id {blob} not null references users (id) on delete cascade,
	kind text not null,
	email text,
	email_key text,
	phone text,
	phone_verified {int} not null,
	session_id {blob},
	sent_to text not null,
	created_at {int} not null,
	expires_at {int} not null,
	used_at {int}
){strict};
create unique index undo_links_by_mac on undo_links (mac);
create index undo_links_by_user on undo_links (user_id, used_at);
create index undo_links_by_address on undo_links (email_key) where used_at is null;
create index undo_links_by_expiry on undo_links (expires_at);

create index users_by_deletion on users (deleted_at) where deleted_at is not null;
