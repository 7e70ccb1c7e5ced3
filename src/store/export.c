/* Rows as they are; what of them is told is the use case's. */
#include "store/export.h"

#include "store/query.h"

struct visit {
	void (*session)(struct ctx *cx, const struct session *s, void *arg);
	export_login_fn login;
	export_event_fn event;
	void *arg;
};

static void
read_session(struct ctx *cx, const struct row *r, void *out)
{
	const struct visit *v = out;
	struct session s = {
		.id = row_id(r, 0),
		.device_id = row_text(cx, r, 1),
		.user_agent = row_text(cx, r, 2),
		.ip = row_text(cx, r, 3),
		.country = row_text(cx, r, 4),
		.amr = row_text(cx, r, 5),
		.created_at = row_int(r, 6),
		.last_seen_at = row_int(r, 7),
		.expires_at = row_int(r, 8),
		.revoked_at = row_int(r, 9),
	};

	v->session(cx, &s, v->arg);
}

enum err
export_sessions(struct ctx *cx, const struct uuid *user, int64_t limit, export_session_fn each,
		void *arg)
{
	struct visit v = {.session = each, .arg = arg};

	return ALL(cx, Q_EXPORT_SESSIONS, read_session, &v, A_ID(user), A_INT(limit));
}

static void
read_login(struct ctx *cx, const struct row *r, void *out)
{
	const struct visit *v = out;
	struct login_record l = {
		.at = row_int(r, 0),
		.identifier = row_text(cx, r, 1),
		.outcome = row_text(cx, r, 2),
		.method = row_text(cx, r, 3),
		.ip = row_text(cx, r, 4),
		.country = row_text(cx, r, 5),
		.city = row_text(cx, r, 6),
		.device_id = row_text(cx, r, 7),
		.user_agent = row_text(cx, r, 8),
	};

	v->login(cx, &l, v->arg);
}

enum err
export_logins(struct ctx *cx, const struct uuid *user, int64_t limit, export_login_fn each,
	      void *arg)
{
	struct visit v = {.login = each, .arg = arg};

	return ALL(cx, Q_EXPORT_LOGINS, read_login, &v, A_ID(user), A_INT(limit));
}

static void
read_event(struct ctx *cx, const struct row *r, void *out)
{
	const struct visit *v = out;
	struct audit_event e = {
		.at = row_int(r, 0),
		.action = row_text(cx, r, 1),
		.ip = row_text(cx, r, 2),
		.detail = row_text(cx, r, 3),
	};

	v->event(cx, &e, v->arg);
}

enum err
export_events(struct ctx *cx, const struct uuid *user, int64_t limit, export_event_fn each,
	      void *arg)
{
	struct visit v = {.event = each, .arg = arg};

	return ALL(cx, Q_EXPORT_EVENTS, read_event, &v, A_ID(user), A_INT(limit));
}
