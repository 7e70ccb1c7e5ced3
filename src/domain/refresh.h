/* The refresh of a session, exactly as 7-states.md's table says, and its end. */
#ifndef DOMAIN_REFRESH_H
#define DOMAIN_REFRESH_H

#include "domain/signin.h"
#include "domain/verify.h"

struct refresh_in {
	struct str refresh_token, device_id;
};
/* ERR_TOKEN whatever the reason; ERR_MFA_REQUIRED when the device looked like another. */
MUST_CHECK enum err
session_refresh(struct ctx *cx, const struct refresh_in *in, struct tokens *out);

/* Inside a store_write: moves the live session's tokens on (with token.rotate=no: its idle end
 * only). ERR_NOT_FOUND when another did so just now, or it ended: look again. */
MUST_CHECK enum err session_advance(struct ctx *cx, struct session *s, int64_t now);

struct logout_in {
	struct str refresh_token; /* absent: the caller's own session */
};
/* Any token of the session will do, also a superseded one, also twice; ERR_TOKEN for a string that
 * is none of ours. */
MUST_CHECK enum err logout(struct ctx *cx, const struct logout_in *in, struct nothing *out);
/* Ends all sessions of the caller. */
MUST_CHECK enum err logout_all(struct ctx *cx, const struct nothing *in, struct nothing *out);

#endif
