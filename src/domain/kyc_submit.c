/*
 * The papers are looked at before anything is written, written before anybody can see them, and
 * seen by one last transaction that looks again at what the account's state is then. So a
 * submission is there whole or not at all, and of two at one moment one wins.
 */
#include "domain/kyc_submit.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/kyc_form.h"
#include "domain/kyc_number.h"
#include "domain/kyc_provider.h"
#include "domain/mails.h"
#include "domain/standing.h"
#include "store/store.h"

#define A_DAY_MOST 10

struct submission {
	const struct kyc_submit_in *in;
	struct kyc_application a; /* as it will be; of a new one without a version */
	bool again;               /* papers for an open one */
	struct str number;        /* sealed; absent: none was given */
	struct uuid upload;
};

struct str_list
kyc_words(struct ctx *cx, struct str words)
{
	struct str *v = arena_array(cx->arena, struct str, KYC_KINDS), word;
	size_t n = 0;

	while (n < KYC_KINDS && str_cut(&words, ' ', &word))
		if (word.n)
			v[n++] = word;
	return (struct str_list){v, n};
}

/* The open application that papers may be added to, or none. */
static enum err
open_one(struct ctx *cx, const struct uuid *user, struct kyc_application *a, bool *again)
{
	enum err e = kyc_latest(cx, user, a);

	*again = false;
	if (e != OK)
		return err_map(e, ERR_NOT_FOUND, OK);
	if (str_eq(a->status, KYC_PENDING))
		return ERR_KYC_OPEN;
	if (str_eq(a->status, KYC_APPROVED))
		return ERR_KYC_APPROVED;
	*again = str_eq(a->status, KYC_RESUBMIT);
	return OK;
}

static enum err
quota(struct ctx *cx, const struct uuid *user)
{
	int64_t now = clock_now(), count, first;

	if (!cx->config->throttle_enabled)
		return OK;
	TRY(kyc_submissions(cx, user, now - DAY, &count, &first));
	return count < A_DAY_MOST ? OK : fail_retry(cx, ERR_THROTTLED, first + DAY - now);
}

static void
replace(struct str *told, struct str now)
{
	if (!str_absent(now))
		*told = now;
}

static void
fill(struct submission *s, int64_t now)
{
	struct kyc_application *a = &s->a;

	replace(&a->full_name, s->in->full_name);
	replace(&a->date_of_birth, s->in->date_of_birth);
	replace(&a->country, s->in->country);
	replace(&a->document_type, s->in->document_type);
	replace(&a->document_number, s->number);
	a->status = KYC_PENDING;
	a->reason = a->asked = a->decided_source = a->first_approver = STR_NONE;
	a->decided_by = (struct uuid){{0}};
	a->decided_at = a->expires_at = 0;
	a->submitted_at = now;
}

/* The application's row, from what the store has at this moment. */
static enum err
put_application(struct ctx *cx, struct submission *s, int64_t now)
{
	struct uuid id = s->a.id, user = s->a.user_id;
	struct kyc_application there;
	bool again;

	TRY(open_one(cx, &user, &there, &again));
	if (again != s->again || (again && !uuid_eq(&there.id, &id)))
		return ERR_CONFLICT;
	s->a = again ? there : (struct kyc_application){.id = id, .user_id = user};
	fill(s, now);
	if (again)
		return kyc_update(cx, &s->a);
	s->a.created_at = now;
	return err_map(kyc_insert(cx, &s->a), ERR_TAKEN, ERR_KYC_OPEN);
}

/* The upload took its time: the account may be closed by now, or the session ended. */
static enum err
still_may(struct ctx *cx, struct user *u, int64_t now)
{
	struct session s;

	TRY(caller_hold(cx, u));
	TRY(err_map(session_by_id(cx, &cx->caller->session.id, &s), ERR_NOT_FOUND, ERR_TOKEN));
	if (s.revoked_at || standing_of(u, now) != OK)
		return ERR_TOKEN;
	return u->is_email_verified ? OK : ERR_EMAIL_NOT_VERIFIED;
}

static enum err
appear(struct ctx *cx, void *arg)
{
	struct submission *s = arg;
	int64_t now = clock_now();
	struct user u;

	TRY(still_may(cx, &u, now));
	TRY(put_application(cx, s, now));
	TRY(err_map(kyc_upload_attach(cx, &s->upload, &s->a.id), ERR_NOT_FOUND, ERR_CONFLICT));
	TRY(kyc_note(cx, &s->a, "submitted", "applicant", now));
	TRY(user_set_kyc(cx, &u.id, KYC_PENDING, now));
	metric_count(METRIC_KYC_SUBMITTED);
	TRY(audit_note_detail(cx, "kyc_submitted", &u.id, kyc_detail(cx, &s->a, NULL), now));
	TRY(mail_kyc_received(cx, &u, now));
	return kyc_promise_hand_over(cx, &s->a.id, now);
}

static void
same(struct ctx *cx, const char *field, struct str was, struct str is)
{
	if (!str_absent(is) && !str_eq(was, is))
		(void)fail_field(cx, field, "It can't be changed now: only papers are asked for.");
}

static enum err
same_person(struct ctx *cx, const struct kyc_submit_in *in, const struct kyc_application *a)
{
	same(cx, "full_name", a->full_name, in->full_name);
	same(cx, "date_of_birth", a->date_of_birth, in->date_of_birth);
	same(cx, "country", a->country, in->country);
	return cx->fault.fields ? ERR_INVALID : OK;
}

static enum err
plan(struct ctx *cx, const struct kyc_submit_in *in, struct submission *s)
{
	const struct uuid *user = &cx->caller->user.id;

	*s = (struct submission){.in = in};
	TRY(open_one(cx, user, &s->a, &s->again));
	TRY(kyc_form_check(cx, in, s->again ? s->a.asked : STR_NONE));
	if (s->again)
		TRY(same_person(cx, in, &s->a));
	TRY(quota(cx, user));
	if (!s->again) {
		s->a = (struct kyc_application){.user_id = *user};
		TRY(uuid_new(&s->a.id));
	}
	return kyc_number_seal(cx, &s->a.id, in->document_number, &s->number);
}

enum err
kyc_submit(struct ctx *cx, const struct kyc_submit_in *in, struct kyc_submitted *out)
{
	struct submission s;
	struct list documents;
	enum err e;

	e = plan(cx, in, &s);
	if (e != OK && e != ERR_INVALID)
		return e;
	TRY(kyc_papers_look(cx, &in->papers, &documents)); /* tells its mistakes beside those */
	TRY(kyc_papers_store(cx, &s.a.user_id, &in->papers, &documents, &s.upload));
	e = store_write(cx, appear, &s);
	if (e != OK) {
		kyc_papers_drop(cx, &s.upload);
		return e;
	}
	*out = (struct kyc_submitted){s.a.id, s.a.status, documents, s.a.submitted_at};
	return OK;
}

enum err
kyc_status(struct ctx *cx, const struct nothing *in UNUSED, struct kyc_standing *out)
{
	struct kyc_application a = {.status = STR_NONE};
	struct user u;

	TRY(err_map(user_by_id(cx, &cx->caller->user.id, &u), ERR_NOT_FOUND, ERR_TOKEN));
	TRY(err_map(kyc_latest(cx, &u.id, &a), ERR_NOT_FOUND, OK));
	*out = (struct kyc_standing){
		.kyc_status = u.kyc_status,
		.application_id = a.id,
		.reason = a.reason,
		.resubmit = kyc_words(cx, a.asked),
		.submitted_at = a.submitted_at,
		.decided_at = a.decided_at,
		.expires_at = a.expires_at,
	};
	return OK;
}
