/*
 * Sessions, and the devices that they were begun on. What two requests could race for (the refresh,
 * the end) is one statement with its conditions in it, and the number of changed rows tells who
 * won.
 */
#include "store/session.h"

#include "base/metrics.h"
#include "store/driver.h"
#include "store/recall.h"
#include "store/rows.h"

#define SESSION_COLUMNS 17

struct pair {
	struct session *s;
	struct user *u;
};

static void
session_read(struct ctx *cx, const struct row *r, struct session *s)
{
	*s = (struct session){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.device_id = row_text(cx, r, 2),
		.user_agent = row_text(cx, r, 3),
		.ip = row_text(cx, r, 4),
		.country = row_text(cx, r, 5),
		.amr = row_text(cx, r, 6),
		.auth_time = row_int(r, 7),
		.created_at = row_int(r, 8),
		.last_seen_at = row_int(r, 9),
		.expires_at = row_int(r, 10),
		.idle_expires_at = row_int(r, 11),
		.counter = row_int(r, 12),
		.rotated_at = row_int(r, 13),
		.revoked_at = row_int(r, 14),
		.revoked_why = row_text(cx, r, 15),
		.fingerprint_poor_at = row_int(r, 16),
	};
}

static void
read_one(struct ctx *cx, const struct row *r, void *out)
{
	session_read(cx, r, out);
}

static void
read_pair(struct ctx *cx, const struct row *r, void *out)
{
	const struct pair *pair = out;

	session_read(cx, r, pair->s);
	user_read(cx, r, SESSION_COLUMNS, pair->u);
	pair->s->device_blocked = row_bool(r, SESSION_COLUMNS + USER_COLUMNS);
}

enum err
session_insert(struct ctx *cx, const struct session *s)
{
	return RUN(cx, Q_SESSION_INSERT, NULL, A_ID(&s->id), A_ID(&s->user_id),
		   A_TEXT(s->device_id), A_TEXT(s->user_agent), A_TEXT(s->ip), A_TEXT(s->country),
		   A_TEXT(s->amr), A_INT(s->auth_time), A_INT(s->created_at),
		   A_INT(s->last_seen_at), A_INT(s->expires_at), A_INT(s->idle_expires_at),
		   A_INT(s->counter), A_TIME(s->rotated_at), A_TIME(s->revoked_at),
		   A_TEXT(s->revoked_why));
}

enum err
session_by_id(struct ctx *cx, const struct uuid *id, struct session *out)
{
	return ONE(cx, Q_SESSION_BY_ID, read_one, out, A_ID(id));
}

enum err
session_with_user(struct ctx *cx, const struct uuid *id, struct session *s, struct user *u)
{
	struct recall *recall = cx->db ? NULL : cx->store->recall;
	struct pair pair = {s, u};
	uint64_t commits;

	if (recall && recall_find(recall, id, cx->arena, s, u))
		return OK;
	commits = cx->store->commits;
	TRY(ONE(cx, Q_SESSION_WITH_USER, read_pair, &pair, A_ID(id)));
	if (recall)
		recall_keep(recall, s, u, &cx->store->commits, commits);
	return OK;
}

enum err
session_rotate(struct ctx *cx, const struct uuid *id, int64_t was, int64_t now,
	       int64_t idle_expires_at)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_ROTATE, &changed, A_ID(id), A_INT(was), A_INT(now),
		A_INT(idle_expires_at)));
	return changed_one(changed);
}

enum err
session_prolong(struct ctx *cx, const struct uuid *id, int64_t counter, int64_t now,
		int64_t idle_expires_at)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_PROLONG, &changed, A_ID(id), A_INT(counter), A_INT(now),
		A_INT(idle_expires_at)));
	return changed_one(changed);
}

enum err
session_set_auth(struct ctx *cx, const struct uuid *id, struct str amr, int64_t auth_time)
{
	return RUN(cx, Q_SESSION_SET_AUTH, NULL, A_ID(id), A_TEXT(amr), A_INT(auth_time));
}

enum err
session_revoke(struct ctx *cx, const struct uuid *id, struct str why, int64_t now, bool *ended)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_REVOKE, &changed, A_ID(id), A_INT(now), A_TEXT(why)));
	*ended = changed > 0;
	metric_add(METRIC_SESSIONS_REVOKED, changed);
	return OK;
}

enum err
session_end_surplus(struct ctx *cx, const struct uuid *user, int64_t most, struct str why,
		    int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_END_SURPLUS, &changed, A_ID(user), A_INT(most), A_INT(now),
		A_TEXT(why)));
	metric_add(METRIC_SESSIONS_REVOKED, changed);
	return OK;
}

enum err
session_revoke_all(struct ctx *cx, const struct uuid *user, const struct uuid *keep, struct str why,
		   int64_t now, int64_t *count)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_REVOKE_ALL, &changed, A_ID(user), A_ID(keep), A_INT(now),
		A_TEXT(why)));
	metric_add(METRIC_SESSIONS_REVOKED, changed);
	if (count)
		*count = changed;
	return OK;
}

enum err
session_set_last_seen(struct ctx *cx, const struct uuid *id, int64_t at)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_SET_LAST_SEEN, &changed, A_ID(id), A_INT(at)));
	return changed_one(changed);
}

enum err
device_note(struct ctx *cx, const struct device *d)
{
	return RUN(cx, Q_DEVICE_NOTE, NULL, A_ID(&d->id), A_ID(&d->user_id), A_TEXT(d->device_id),
		   A_TEXT(d->name), A_INT(d->first_seen_at), A_INT(d->last_seen_at));
}

struct session_walk {
	session_fn each;
	void *arg;
};

static void
visit_session(struct ctx *cx, const struct row *r, void *arg)
{
	const struct session_walk *w = arg;
	struct session s;

	session_read(cx, r, &s);
	w->each(cx, &s, row_text(cx, r, SESSION_COLUMNS), w->arg);
}

enum err
session_list_live(struct ctx *cx, const struct uuid *user, int64_t now, session_fn each, void *arg)
{
	struct session_walk w = {each, arg};

	return ALL(cx, Q_SESSION_LIST_LIVE, visit_session, &w, A_ID(user), A_INT(now));
}

enum err
session_revoke_of_device(struct ctx *cx, const struct uuid *user, struct str device_id,
			 struct str why, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_SESSION_REVOKE_OF_DEVICE, &changed, A_ID(user), A_TEXT(device_id), A_INT(now),
		A_TEXT(why)));
	metric_add(METRIC_SESSIONS_REVOKED, changed);
	return OK;
}

enum err
session_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_SESSION_DELETE_ALL, NULL, A_ID(user));
}

struct device_walk {
	device_fn each;
	void *arg;
};

static void
device_read(struct ctx *cx, const struct row *r, void *out)
{
	struct device *d = out;

	*d = (struct device){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.device_id = row_text(cx, r, 2),
		.name = row_text(cx, r, 3),
		.first_seen_at = row_int(r, 4),
		.last_seen_at = row_int(r, 5),
	};
}

static void
visit_device(struct ctx *cx, const struct row *r, void *arg)
{
	const struct device_walk *w = arg;
	struct device d;

	device_read(cx, r, &d);
	w->each(cx, &d, w->arg);
}

enum err
device_list(struct ctx *cx, const struct uuid *user, device_fn each, void *arg)
{
	struct device_walk w = {each, arg};

	return ALL(cx, Q_DEVICE_LIST, visit_device, &w, A_ID(user));
}

enum err
device_surplus(struct ctx *cx, const struct uuid *user, struct str keep, int64_t most,
	       device_fn each, void *arg)
{
	struct device_walk w = {each, arg};

	return ALL(cx, Q_DEVICE_SURPLUS, visit_device, &w, A_ID(user), A_TEXT(keep),
		   A_INT(DEVICE_SURPLUS), A_INT(most - 1));
}

enum err
device_by_id(struct ctx *cx, const struct uuid *id, struct device *out)
{
	return ONE(cx, Q_DEVICE_BY_ID, device_read, out, A_ID(id));
}

static void
ignore(struct ctx *cx, const struct row *r, void *out)
{
}

enum err
device_known(struct ctx *cx, const struct uuid *user, struct str device_id, bool *known)
{
	enum err e = ONE(cx, Q_DEVICE_KNOWN, ignore, NULL, A_ID(user), A_TEXT(device_id));

	*known = e == OK;
	return err_map(e, ERR_NOT_FOUND, OK);
}

enum err
device_rename(struct ctx *cx, const struct uuid *id, struct str name)
{
	int64_t changed;

	TRY(RUN(cx, Q_DEVICE_RENAME, &changed, A_ID(id), A_TEXT(name)));
	return changed_one(changed);
}

enum err
device_delete(struct ctx *cx, const struct uuid *id)
{
	int64_t changed;

	TRY(RUN(cx, Q_DEVICE_DELETE, &changed, A_ID(id)));
	return changed_one(changed);
}

enum err
device_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_DEVICE_DELETE_ALL, NULL, A_ID(user));
}

enum err
session_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_SESSION_DELETE_SOME, removed, A_ID(user), A_INT(limit));
}

enum err
session_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_SESSION_SWEEP, removed, A_INT(before), A_INT(limit));
}
