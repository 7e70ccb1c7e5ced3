/* All rows of an account, for its owner. Newest first, at most limit. */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/record.h"
#include "store/session.h"

typedef void (*export_session_fn)(struct ctx *cx, const struct session *s, void *arg);
/* Also those that ended. */
MUST_CHECK enum err export_sessions(struct ctx *cx, const struct uuid *user, int64_t limit,
				    export_session_fn each, void *arg);
typedef void (*export_login_fn)(struct ctx *cx, const struct login_record *l, void *arg);
MUST_CHECK enum err export_logins(struct ctx *cx, const struct uuid *user, int64_t limit,
				  export_login_fn each, void *arg);
typedef void (*export_event_fn)(struct ctx *cx, const struct audit_event *e, void *arg);
/* Audit events about the account. */
MUST_CHECK enum err export_events(struct ctx *cx, const struct uuid *user, int64_t limit,
				  export_event_fn each, void *arg);

#endif
