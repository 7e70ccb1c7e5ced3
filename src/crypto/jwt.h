/*
 * Access tokens: JWTs (RFC 7519) signed as JWS compact (RFC 7515), checked as RFC 8725 asks: the
 * algorithm is the key's, never the header's; keys come from our ring only, found by kid; typ, iss,
 * aud, exp are demanded, crit and duplicate members refused.
 */
#ifndef CRYPTO_JWT_H
#define CRYPTO_JWT_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "crypto/keyring.h"

#define JWT_SKEW (30 * SECOND)
#define JWT_MAX 4096 /* bytes of a whole token that is looked at */

struct claims {
	struct uuid sub, sid, jti;
	int64_t iat, exp, auth_time; /* microseconds, whole seconds */
	struct str iss, aud, role, kyc;
	struct str amr; /* space-separated methods of RFC 8176: "pwd", "pwd otp" */
	bool email_verified;
};

/* Signs with the ring's current key. iss and aud are taken from c. ERR_UNAVAILABLE without a usable
 * key. */
MUST_CHECK enum err jwt_sign(struct ctx *cx, const struct claims *c, struct str *token);
/* Verifies against the ring of cx and the issuer and audience of cx->config at time now. ERR_TOKEN
 * when anything is not as it must be. */
MUST_CHECK enum err jwt_read(struct ctx *cx, struct str token, int64_t now, struct claims *out);

/* All that a check needs of a token: what its holder may do is asked of the store. */
struct token_of {
	struct uuid sub, sid;
	int64_t iat, exp;
};
/* The same verdict. Verified tokens are remembered (by their SHA-256, bounded, until exp), so a
 * second look costs no signature. */
MUST_CHECK enum err jwt_verify(struct ctx *cx, struct str token, int64_t now, struct token_of *out);
/*
 * The kid that a token names, unproven; absent when its header is none of ours. Only for asking
 * keyring_has whether the keys should be read again.
 */
struct str jwt_kid(struct ctx *cx, struct str token);

#endif
