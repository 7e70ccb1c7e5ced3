/* The rows are filled in here, so that no use case forgets who, from where and when. */
#include "domain/audit.h"

#include "base/json_write.h"
#include "base/metrics.h"
#include "domain/audit_chain.h"
#include "domain/caller.h"
#include "domain/login_alerts.h"

#define IDENTIFIER_KEPT 254

static struct str
session_detail(struct ctx *cx, const struct uuid *session)
{
	struct buf text;
	struct json_out w;

	if (!session)
		return STR_NONE;
	buf_init_arena(&text, cx->arena, 128);
	w = json_to(&text);
	json_open(&w);
	json_pair_uuid(&w, "session_id", session);
	json_close(&w);
	return buf_view(&text);
}

enum err
audit_note_detail(struct ctx *cx, const char *action, const struct uuid *subject, struct str detail,
		  int64_t now)
{
	struct audit_event e = {
		.at = now,
		.action = str_of(action),
		.ip = cx->caller->ip,
		.request_id = cx->request_id,
		.detail = detail,
	};

	TRY(uuid_new(&e.id));
	if (cx->caller->bearer == BEARER_GOOD)
		e.actor_id = cx->caller->user.id;
	if (subject)
		e.subject_id = *subject;
	TRY(audit_append(cx, &e));
	metric_audit(action);
	return OK;
}

enum err
audit_note(struct ctx *cx, const char *action, const struct uuid *subject,
	   const struct uuid *session, int64_t now)
{
	return audit_note_detail(cx, action, subject, session_detail(cx, session), now);
}

/* These are never told to who does not know the secret (7-states.md). */
static bool
secret_was_right(enum err outcome)
{
	return outcome == OK || outcome == ERR_ACCOUNT_DELETED || outcome == ERR_ACCOUNT_LOCKED ||
	       outcome == ERR_DEVICE_BLOCKED || outcome == ERR_EMAIL_NOT_VERIFIED ||
	       outcome == ERR_MFA_REQUIRED;
}

enum err
login_note(struct ctx *cx, const struct attempt_record *a, int64_t now)
{
	struct login_record l = {
		.at = now,
		.identifier = a->identifier,
		.outcome = a->outcome == OK ? S("success") : str_of(err_row(a->outcome)->code),
		.method = str_of(a->method),
		.ip = cx->caller->ip,
		.device_id = a->device_id,
		.user_agent = cx->caller->user_agent,
	};

	TRY(uuid_new(&l.id));
	if (l.identifier.n > IDENTIFIER_KEPT)
		l.identifier.n = IDENTIFIER_KEPT;
	if (a->user)
		l.user_id = *a->user;
	if (a->session)
		l.session_id = *a->session;
	TRY(login_alert(cx, &l, secret_was_right(a->outcome)));
	TRY(login_insert(cx, &l));
	metric_login(a->outcome);
	return OK;
}
