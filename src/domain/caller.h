/* Who asks: where from, with what, and as whom. Made by the pipeline (or the command line) before a
 * use case runs. */
#ifndef DOMAIN_CALLER_H
#define DOMAIN_CALLER_H

#include "store/session.h"
#include "store/user.h"

#define USER_AGENT_MAX 256

enum bearer {
	BEARER_NONE,    /* no Authorization header of that scheme */
	BEARER_BAD,     /* one that opens nothing */
	BEARER_BLOCKED, /* the same from a blocked device: good for the session's logout only */
	BEARER_GOOD,    /* session and user are set */
};

struct caller {
	struct str ip;  /* numeric; absent on the command line */
	struct str net; /* what counts and rates are kept by: an IPv4 address, or an IPv6 /64 */
	struct str user_agent; /* cut to USER_AGENT_MAX; absent: none sent */
	enum bearer bearer;
	struct session session;
	struct user user;
};

/* ERR_NOT_SIGNED_IN without a bearer, ERR_TOKEN with a bad one, ERR_DEVICE_BLOCKED. */
MUST_CHECK enum err caller_must_be_signed_in(const struct ctx *cx);

/* The account of who is signed in as it is in the transaction, held (user_hold); ERR_TOKEN when it
 * is gone. */
MUST_CHECK enum err caller_hold(struct ctx *cx, struct user *out);
/* The same, not held, of an account that may still be used; ERR_TOKEN otherwise. */
MUST_CHECK enum err caller_still(struct ctx *cx, struct user *out);

/* Sets out's session and user from an access token whose session lives; ERR_TOKEN otherwise.
 * ERR_DEVICE_BLOCKED, with both set, when its device is blocked. */
MUST_CHECK enum err bearer_check(struct ctx *cx, struct str token, struct caller *out);

#endif
