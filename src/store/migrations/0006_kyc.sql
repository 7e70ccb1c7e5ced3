-- Identity checks: applications and what happened to them, papers in sealed pieces, events of a provider.
-- status: 'pending', 'resubmit', 'approved', 'rejected', 'expired'; source: 'applicant', 'reviewer', 'operator',
-- 'provider', 'system'; asked: kinds of papers, apart by spaces; document_number is sealed.

create table kyc_applications (
	id {blob} primary key not null,
	user_id {blob} not null references users (id) on delete cascade,
	status text not null,
	full_name text not null,
	date_of_birth text not null,
	country text not null,
	document_type text not null,
	document_number {blob},
	reason text,
	asked text,
	decided_by {blob},
	decided_source text,
	first_approver text,
	last_event_at {int},
	submitted_at {int} not null,
	decided_at {int},
	expires_at {int},
	erased_at {int},
	version {int} not null,
	created_at {int} not null
){strict};
create unique index kyc_applications_living on kyc_applications (user_id)
	where status in ('pending', 'resubmit', 'approved');
create index kyc_applications_by_user on kyc_applications (user_id, id);
create index kyc_applications_by_status on kyc_applications (status, id);
create index kyc_applications_by_expiry on kyc_applications (expires_at)
	where status = 'approved' and expires_at is not null;
create index kyc_applications_by_decision on kyc_applications (decided_at)
	where erased_at is null and decided_at is not null;

create table kyc_history (
	id {blob} primary key not null,
	application_id {blob} not null references kyc_applications (id) on delete cascade,
	at {int} not null,
	event text not null,
	status text not null,
	source text not null,
	actor_id {blob},
	reason text,
	asked text
){strict};
create index kyc_history_by_application on kyc_history (application_id, id);

-- An upload on its way: its papers belong to no application until all of them are there.
create table kyc_uploads (
	id {blob} primary key not null,
	user_id {blob} not null references users (id) on delete cascade,
	created_at {int} not null
){strict};
create index kyc_uploads_by_user on kyc_uploads (user_id);
create index kyc_uploads_by_time on kyc_uploads (created_at);

-- key: the paper's own key, sealed; NULL once the paper is erased.
create table kyc_documents (
	id {blob} primary key not null,
	user_id {blob} not null references users (id) on delete cascade,
	application_id {blob} references kyc_applications (id) on delete cascade,
	upload_id {blob} references kyc_uploads (id) on delete cascade,
	kind text not null,
	content_type text not null,
	size {int} not null,
	sha256 {blob} not null,
	key {blob},
	pieces {int} not null,
	created_at {int} not null,
	erased_at {int}
){strict};
create index kyc_documents_by_user on kyc_documents (user_id);
create index kyc_documents_by_application on kyc_documents (application_id, id);
create index kyc_documents_by_upload on kyc_documents (upload_id) where upload_id is not null;

-- Without a reference, so that an erasure is one short transaction: what lost its document stands in kyc_trash and
-- goes piece by piece.
create table kyc_pieces (
	document_id {blob} not null,
	seq {int} not null,
	data {blob} not null,
	primary key (document_id, seq)
){strict};

create table kyc_trash (
	document_id {blob} primary key not null,
	created_at {int} not null
){keyed};

-- A provider's verdicts, each once by either of its ids. outcome: 'applied', or why nothing was done.
create table kyc_events (
	id {blob} primary key not null,
	event_id text not null,
	webhook_id text not null,
	application_id {blob} references kyc_applications (id) on delete cascade,
	status text not null,
	reason text,
	outcome text not null,
	occurred_at {int} not null,
	received_at {int} not null
){strict};
create unique index kyc_events_by_event on kyc_events (event_id);
create unique index kyc_events_by_webhook on kyc_events (webhook_id);
create index kyc_events_by_application on kyc_events (application_id);
