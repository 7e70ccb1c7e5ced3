/* Login records and audit events: appended, never changed. */
#include "store/record.h"

#include "store/query.h"

enum err
login_insert(struct ctx *cx, const struct login_record *l)
{
	return RUN(cx, Q_LOGIN_INSERT, NULL, A_ID(&l->id), A_INT(l->at), A_ID(&l->user_id),
		   A_TEXT(l->identifier), A_TEXT(l->outcome), A_TEXT(l->method), A_TEXT(l->ip),
		   A_TEXT(l->country), A_TEXT(l->city), A_TEXT(l->device_id), A_TEXT(l->user_agent),
		   A_ID(&l->session_id));
}

enum err
audit_insert(struct ctx *cx, const struct audit_event *e)
{
	return RUN(cx, Q_AUDIT_INSERT, NULL, A_ID(&e->id), A_INT(e->at), A_ID(&e->actor_id),
		   A_ID(&e->subject_id), A_TEXT(e->action), A_TEXT(e->ip), A_TEXT(e->request_id),
		   A_TEXT(e->detail));
}

enum err
login_delete_all(struct ctx *cx, const struct uuid *user)
{
	return RUN(cx, Q_LOGIN_DELETE_ALL, NULL, A_ID(user));
}

enum err
login_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_LOGIN_SWEEP, removed, A_INT(before), A_INT(limit));
}

enum err
audit_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_AUDIT_SWEEP, removed, A_INT(before), A_INT(limit));
}
