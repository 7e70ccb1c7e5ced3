/* Rows as they are; which state may follow which is the domain's. Two who decide at once meet at
 * the version. */
#include "store/kyc_application.h"

#include "store/rows.h"

static void
read_application(struct ctx *cx, const struct row *r, void *out)
{
	*(struct kyc_application *)out = (struct kyc_application){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.status = row_text(cx, r, 2),
		.full_name = row_text(cx, r, 3),
		.date_of_birth = row_text(cx, r, 4),
		.country = row_text(cx, r, 5),
		.document_type = row_text(cx, r, 6),
		.document_number = row_blob(cx, r, 7),
		.reason = row_text(cx, r, 8),
		.asked = row_text(cx, r, 9),
		.decided_by = row_id(r, 10),
		.decided_source = row_text(cx, r, 11),
		.first_approver = row_text(cx, r, 12),
		.last_event_at = row_int(r, 13),
		.submitted_at = row_int(r, 14),
		.decided_at = row_int(r, 15),
		.expires_at = row_int(r, 16),
		.erased_at = row_int(r, 17),
		.version = row_int(r, 18),
		.created_at = row_int(r, 19),
	};
}

enum err
kyc_insert(struct ctx *cx, const struct kyc_application *a)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_INSERT, &changed, A_ID(&a->id), A_ID(&a->user_id), A_TEXT(a->status),
		A_TEXT(a->full_name), A_TEXT(a->date_of_birth), A_TEXT(a->country),
		A_TEXT(a->document_type), A_BLOB(a->document_number), A_TEXT(a->reason),
		A_TEXT(a->asked), A_ID(&a->decided_by), A_TEXT(a->decided_source),
		A_TEXT(a->first_approver), A_TIME(a->last_event_at), A_INT(a->submitted_at),
		A_TIME(a->decided_at), A_TIME(a->expires_at), A_TIME(a->erased_at),
		A_INT(a->version), A_INT(a->created_at)));
	return changed ? OK : ERR_TAKEN;
}

enum err
kyc_update(struct ctx *cx, const struct kyc_application *a)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_UPDATE, &changed, A_ID(&a->id), A_INT(a->version), A_TEXT(a->status),
		A_TEXT(a->full_name), A_TEXT(a->date_of_birth), A_TEXT(a->country),
		A_TEXT(a->document_type), A_BLOB(a->document_number), A_TEXT(a->reason),
		A_TEXT(a->asked), A_ID(&a->decided_by), A_TEXT(a->decided_source),
		A_TEXT(a->first_approver), A_TIME(a->last_event_at), A_INT(a->submitted_at),
		A_TIME(a->decided_at), A_TIME(a->expires_at), A_TIME(a->erased_at)));
	return changed ? OK : ERR_CONFLICT;
}

enum err
kyc_by_id(struct ctx *cx, const struct uuid *id, struct kyc_application *out)
{
	return ONE(cx, Q_KYC_BY_ID, read_application, out, A_ID(id));
}

enum err
kyc_latest(struct ctx *cx, const struct uuid *user, struct kyc_application *out)
{
	return ONE(cx, Q_KYC_LATEST, read_application, out, A_ID(user));
}

struct walk {
	kyc_fn each;
	void *arg;
};

static void
visit(struct ctx *cx, const struct row *r, void *out)
{
	const struct walk *w = out;
	struct kyc_application a;

	read_application(cx, r, &a);
	w->each(cx, &a, w->arg);
}

enum err
kyc_list(struct ctx *cx, struct str status, const struct uuid *after, int64_t limit, kyc_fn each,
	 void *arg)
{
	const struct uuid start = {{0}};
	struct walk w = {each, arg};
	struct str from = {(const char *)(after ? after : &start)->b, sizeof(start.b)};

	if (str_absent(status))
		return ALL(cx, Q_KYC_LIST_ANY, visit, &w, A_BLOB(from), A_INT(limit));
	return ALL(cx, Q_KYC_LIST, visit, &w, A_TEXT(status), A_BLOB(from), A_INT(limit));
}

enum err
kyc_of_user(struct ctx *cx, const struct uuid *user, int64_t limit, kyc_fn each, void *arg)
{
	struct walk w = {each, arg};

	return ALL(cx, Q_KYC_OF_USER, visit, &w, A_ID(user), A_INT(limit));
}

enum err
kyc_expired(struct ctx *cx, int64_t now, int64_t asked_before, int64_t limit, kyc_fn each,
	    void *arg)
{
	struct walk w = {each, arg};

	return ALL(cx, Q_KYC_EXPIRED, visit, &w, A_INT(now), A_INT(asked_before), A_INT(limit));
}

enum err
kyc_due_for_erasure(struct ctx *cx, int64_t before, int64_t limit, kyc_fn each, void *arg)
{
	struct walk w = {each, arg};

	return ALL(cx, Q_KYC_DUE_FOR_ERASURE, visit, &w, A_INT(before), A_INT(limit));
}

struct pair {
	int64_t count, time;
};

static void
read_pair(struct ctx *cx UNUSED, const struct row *r, void *out)
{
	*(struct pair *)out = (struct pair){row_int(r, 0), row_int(r, 1)};
}

enum err
kyc_depth(struct ctx *cx, int64_t *rows, int64_t *oldest)
{
	struct pair p;

	TRY(query_one(cx, Q_KYC_DEPTH, NULL, 0, read_pair, &p));
	*rows = p.count;
	*oldest = p.time;
	return OK;
}

enum err
kyc_history_insert(struct ctx *cx, const struct kyc_step *s)
{
	struct uuid id;

	TRY(uuid_new(&id));
	return RUN(cx, Q_KYC_HISTORY_INSERT, NULL, A_ID(&id), A_ID(&s->application_id),
		   A_INT(s->at), A_TEXT(s->event), A_TEXT(s->status), A_TEXT(s->source),
		   A_ID(&s->actor_id), A_TEXT(s->reason), A_TEXT(s->asked));
}

struct step_walk {
	kyc_step_fn each;
	void *arg;
};

static void
visit_step(struct ctx *cx, const struct row *r, void *out)
{
	const struct step_walk *w = out;
	struct kyc_step s = {
		.id = row_id(r, 0),
		.application_id = row_id(r, 1),
		.at = row_int(r, 2),
		.event = row_text(cx, r, 3),
		.status = row_text(cx, r, 4),
		.source = row_text(cx, r, 5),
		.actor_id = row_id(r, 6),
		.reason = row_text(cx, r, 7),
		.asked = row_text(cx, r, 8),
	};

	w->each(cx, &s, w->arg);
}

enum err
kyc_history_list(struct ctx *cx, const struct uuid *application, int64_t limit, kyc_step_fn each,
		 void *arg)
{
	struct step_walk w = {each, arg};

	return ALL(cx, Q_KYC_HISTORY_LIST, visit_step, &w, A_ID(application), A_INT(limit));
}

enum err
kyc_submissions(struct ctx *cx, const struct uuid *user, int64_t since, int64_t *count,
		int64_t *first)
{
	struct pair p;

	TRY(ONE(cx, Q_KYC_SUBMISSIONS, read_pair, &p, A_ID(user), A_INT(since)));
	*count = p.count;
	*first = p.time;
	return OK;
}

enum err
user_set_kyc(struct ctx *cx, const struct uuid *user, struct str status, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_KYC, &changed, A_ID(user), A_TEXT(status), A_INT(now)));
	return changed_one(changed);
}
