/*
 * The rates: how many requests of a kind one client may send. The table is the document (docs and
 * `aldgate routes` print it). Counts of failures by account are another thing: attempts.h.
 */
#ifndef DOMAIN_THROTTLE_H
#define DOMAIN_THROTTLE_H

#include "base/ctx.h"

enum throttle_scope {
	THROTTLE_DEFAULT,
	THROTTLE_REGISTER,
	THROTTLE_LOGIN,
	THROTTLE_REFRESH,
	THROTTLE_VERIFY,
	THROTTLE_RESEND,
	THROTTLE_OTP_SEND,
	THROTTLE_OTP_VERIFY,
	THROTTLE_RESET,
	THROTTLE_UPLOAD,
	THROTTLE_WEBHOOK,
	THROTTLE_NONE, /* health checks and the like */
	THROTTLE_SCOPES
};

struct throttle_row {
	const char *name;
	int64_t burst;  /* requests */
	int64_t window; /* microseconds in which they come back */
};

/* Not for THROTTLE_NONE. */
const struct throttle_row *throttle_row(enum throttle_scope scope);

struct throttle_state {
	int64_t left;  /* more requests that would pass now */
	int64_t reset; /* seconds until all have come back */
};

/* Whether the scope is counted in the store, by all its servers together: then taking one may
 * block. */
bool throttle_is_shared(const struct ctx *cx, enum throttle_scope scope);

/* Takes one for the client address net (caller.h); ERR_THROTTLED with the time to wait. */
MUST_CHECK enum err throttle_take(struct ctx *cx, enum throttle_scope scope, struct str net,
				  struct throttle_state *out);

#endif
