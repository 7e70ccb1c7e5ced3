/*
 * Login records and audit events: appended, never changed. A list has one statement for each way
 * in, and the filter that narrows the most chooses it.
 */
#include "store/record.h"

#include "store/query.h"

enum err
login_insert(struct ctx *cx, const struct login_record *l)
{
	return RUN(cx, Q_LOGIN_INSERT, NULL, A_ID(&l->id), A_INT(l->at), A_ID(&l->user_id),
		   A_TEXT(l->identifier), A_TEXT(l->outcome), A_TEXT(l->method), A_TEXT(l->ip),
		   A_TEXT(l->country), A_TEXT(l->city), A_TEXT(l->device_id), A_TEXT(l->user_agent),
		   A_ID(&l->session_id), A_TEXT(l->alert), l->placed ? A_INT(l->latitude) : A_NULL,
		   l->placed ? A_INT(l->longitude) : A_NULL);
}

struct login_walk {
	login_fn each;
	void *arg;
};

static void
visit_login(struct ctx *cx, const struct row *r, void *arg)
{
	const struct login_walk *w = arg;
	struct login_record l = {
		.id = row_id(r, 0),
		.at = row_int(r, 1),
		.user_id = row_id(r, 2),
		.identifier = row_text(cx, r, 3),
		.outcome = row_text(cx, r, 4),
		.method = row_text(cx, r, 5),
		.ip = row_text(cx, r, 6),
		.country = row_text(cx, r, 7),
		.city = row_text(cx, r, 8),
		.device_id = row_text(cx, r, 9),
		.user_agent = row_text(cx, r, 10),
		.session_id = row_id(r, 11),
		.alert = row_text(cx, r, 12),
	};

	w->each(cx, &l, w->arg);
}

static enum query
login_way_in(const struct login_filter *f)
{
	if (!str_absent(f->ip))
		return Q_LOGIN_LIST_BY_IP;
	return str_absent(f->outcome) ? Q_LOGIN_LIST : Q_LOGIN_LIST_BY_OUTCOME;
}

enum err
login_list(struct ctx *cx, const struct login_filter *f, const struct uuid *before, int64_t limit,
	   login_fn each, void *arg)
{
	struct login_walk w = {each, arg};

	if (uuid_is_zero(&f->user_id))
		return ALL(cx, login_way_in(f), visit_login, &w, A_BEFORE(before), A_TEXT(f->ip),
			   A_TEXT(f->outcome), A_INT(limit));
	return ALL(cx, Q_LOGIN_LIST_BY_USER, visit_login, &w, A_BEFORE(before), A_TEXT(f->ip),
		   A_TEXT(f->outcome), A_INT(limit), A_ID(&f->user_id));
}

static void
ignore(struct ctx *cx, const struct row *r, void *out)
{
}

static enum err
there_is(enum err e, bool *there)
{
	*there = e == OK;
	return err_map(e, ERR_NOT_FOUND, OK);
}

enum err
login_country_known(struct ctx *cx, const struct uuid *user, struct str country, bool *known)
{
	if (str_absent(country))
		return there_is(ONE(cx, Q_LOGIN_COUNTRIES_KNOWN, ignore, NULL, A_ID(user)), known);
	return there_is(ONE(cx, Q_LOGIN_COUNTRY_KNOWN, ignore, NULL, A_ID(user), A_TEXT(country)),
			known);
}

static void
read_place(struct ctx *cx, const struct row *r, void *out)
{
	*(struct login_place *)out =
		(struct login_place){row_int(r, 0), row_int(r, 1), row_int(r, 2)};
}

enum err
login_last_place(struct ctx *cx, const struct uuid *user, struct login_place *out)
{
	return ONE(cx, Q_LOGIN_LAST_PLACE, read_place, out, A_ID(user));
}

enum err
login_alerted_since(struct ctx *cx, const struct uuid *user, const struct uuid *since,
		    struct str ip, struct str alert, bool *there)
{
	return there_is(ONE(cx, Q_LOGIN_ALERTED_SINCE, ignore, NULL, A_ID(user), A_ID(since),
			    A_TEXT(ip), A_TEXT(alert)),
			there);
}

enum err
login_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_LOGIN_DELETE_ALL, NULL, A_ID(user));
}

enum err
login_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_LOGIN_DELETE_SOME, removed, A_ID(user), A_INT(limit));
}

enum err
login_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_LOGIN_SWEEP, removed, A_INT(before), A_INT(limit));
}

enum err
audit_insert(struct ctx *cx, const struct audit_event *e)
{
	return RUN(cx, Q_AUDIT_INSERT, NULL, A_ID(&e->id), A_INT(e->at), A_ID(&e->actor_id),
		   A_ID(&e->subject_id), A_TEXT(e->action), A_TEXT(e->ip), A_TEXT(e->request_id),
		   A_TEXT(e->detail), A_INT(e->seq), A_BLOB(e->mac));
}

struct audit_walk {
	audit_fn each;
	void *arg;
};

static void
audit_read(struct ctx *cx, const struct row *r, void *out)
{
	*(struct audit_event *)out = (struct audit_event){
		.id = row_id(r, 0),
		.at = row_int(r, 1),
		.actor_id = row_id(r, 2),
		.subject_id = row_id(r, 3),
		.action = row_text(cx, r, 4),
		.ip = row_text(cx, r, 5),
		.request_id = row_text(cx, r, 6),
		.detail = row_text(cx, r, 7),
		.seq = row_int(r, 8),
		.mac = row_blob(cx, r, 9),
	};
}

static void
visit_event(struct ctx *cx, const struct row *r, void *arg)
{
	const struct audit_walk *w = arg;
	struct audit_event e;

	audit_read(cx, r, &e);
	w->each(cx, &e, w->arg);
}

static enum query
audit_way_in(const struct audit_filter *f)
{
	if (!uuid_is_zero(&f->subject_id))
		return Q_AUDIT_LIST_BY_SUBJECT;
	if (!uuid_is_zero(&f->actor_id))
		return Q_AUDIT_LIST_BY_ACTOR;
	return str_absent(f->action) ? Q_AUDIT_LIST : Q_AUDIT_LIST_BY_ACTION;
}

enum err
audit_list(struct ctx *cx, const struct audit_filter *f, const struct uuid *before, int64_t limit,
	   audit_fn each, void *arg)
{
	struct audit_walk w = {each, arg};

	return ALL(cx, audit_way_in(f), visit_event, &w, A_BEFORE(before), A_ID(&f->subject_id),
		   A_ID(&f->actor_id), A_TEXT(f->action), A_INT(limit));
}

enum err
audit_chain(struct ctx *cx, int64_t after, int64_t limit, audit_fn each, void *arg)
{
	struct audit_walk w = {each, arg};

	return ALL(cx, Q_AUDIT_CHAIN, visit_event, &w, A_INT(after), A_INT(limit));
}

enum err
audit_last(struct ctx *cx, struct audit_event *out)
{
	return query_one(cx, Q_AUDIT_LAST, NULL, 0, audit_read, out);
}

enum err
audit_unchained(struct ctx *cx, struct audit_event *out)
{
	return query_one(cx, Q_AUDIT_UNCHAINED, NULL, 0, audit_read, out);
}

enum err
audit_unchained_count(struct ctx *cx, int64_t *count)
{
	return query_one(cx, Q_AUDIT_UNCHAINED_COUNT, NULL, 0, read_int, count);
}

enum err
audit_delete_chained(struct ctx *cx, int64_t upto)
{
	return RUN(cx, Q_AUDIT_DELETE_CHAINED, NULL, A_INT(upto));
}

enum err
audit_sweep_unchained(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_AUDIT_SWEEP_UNCHAINED, removed, A_INT(before), A_INT(limit));
}
