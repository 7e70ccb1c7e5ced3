/* What every way of signing in ends in: a session, its tokens, and the records of it. */
#ifndef DOMAIN_SIGNIN_H
#define DOMAIN_SIGNIN_H

#include "store/session.h"
#include "store/user.h"

/* Live sessions of an account, and devices: as many as the lists show, so that nobody has some that
 * they can't see. The queries of the lists end there too. */
#define SIGNED_IN_MOST 500

struct tokens {
	struct str access, refresh;
	struct uuid session_id, user_id;
	int64_t access_expires_at, refresh_expires_at; /* microseconds UTC */
	int64_t expires_in, refresh_expires_in;        /* seconds from now */
};

struct sign_in {
	struct user user;
	struct tokens tokens;
	bool has_tokens;
	bool quiet; /* privacy.hide_existing_accounts: answer the same to everybody */
};

/*
 * What forbids the sign-in of who gave the right secret, in the order of 7-states.md:
 * ERR_ACCOUNT_DELETED, ERR_ACCOUNT_LOCKED, ERR_DEVICE_BLOCKED, ERR_EMAIL_NOT_VERIFIED. The second
 * factor comes after it (mfa.h). Inside a store_write.
 */
MUST_CHECK enum err
sign_in_gate(struct ctx *cx, const struct user *u, struct str device_id, int64_t now);
/* A session of the caller for u, not stored yet. amr: RFC 8176, space-separated. */
MUST_CHECK enum err session_plan(struct ctx *cx, const struct user *u, struct str device_id,
				 struct str amr, int64_t now, struct session *out);
/* Signs an access token for s and makes its current refresh token. Not inside a store_write. */
MUST_CHECK enum err tokens_make(struct ctx *cx, const struct session *s, const struct user *u,
				int64_t now, struct tokens *out);
/* Inside a store_write: the session's row and its device's. */
MUST_CHECK enum err session_store(struct ctx *cx, const struct session *s, struct str device_name);
/* Inside a store_write: takes a device away; its sessions end. */
MUST_CHECK enum err device_end(struct ctx *cx, const struct device *d, struct str why, int64_t now);
/* now + ttl, shortened by a random 0 to 5 %. */
int64_t jittered(int64_t now, int64_t ttl);

#endif
