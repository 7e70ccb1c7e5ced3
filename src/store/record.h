/* What is written down and never changed: login records and audit events. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "base/ctx.h"
#include "base/uuid.h"

struct login_record {
	struct uuid id;
	int64_t at;
	struct uuid user_id;   /* all zero: unknown identifier */
	struct str identifier; /* as typed, cut to 254 bytes */
	struct str outcome;    /* "success" or an error code */
	struct str method;     /* "password", "otp", … */
	struct str ip, country, city, device_id, user_agent;
	struct uuid session_id; /* of a success */
};
MUST_CHECK enum err login_insert(struct ctx *cx, const struct login_record *l);

/* Take away those written before `before`, at most limit. */
MUST_CHECK enum err login_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);
MUST_CHECK enum err audit_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

/* The history of an account that passes to who proved its address. */
MUST_CHECK enum err login_delete_all(struct ctx *cx, const struct uuid *user);

struct audit_event {
	struct uuid id;
	int64_t at;
	struct uuid actor_id;   /* all zero: nobody signed in, or the command line */
	struct uuid subject_id; /* user it is about */
	struct str action;      /* "refresh_reused", "user_created", … */
	struct str ip, request_id;
	struct str detail; /* JSON object without secrets; absent: none */
};
MUST_CHECK enum err audit_insert(struct ctx *cx, const struct audit_event *e);

#endif
