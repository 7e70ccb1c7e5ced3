/*
 * Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, 30 seconds and six digits, which is what
 * every app takes without asking.
 */
#ifndef CRYPTO_TOTP_H
#define CRYPTO_TOTP_H

#include "base/err.h"
#include "crypto/token.h"

#define TOTP_SEED 20 /* bytes */
#define TOTP_STEP (30 * SECOND)

/* The code of a step (time / TOTP_STEP). ERR_INTERNAL when the library refuses. */
MUST_CHECK enum err totp_code(struct secret seed, int64_t step, char out[static CODE_DIGITS + 1]);
/*
 * The step that a typed code is of, among the one at `now`, the one before and the one after;
 * ERR_INVALID_CODE when it is of none that is later than `after`. Constant time. Spaces in what was
 * typed are ignored.
 */
MUST_CHECK enum err
totp_match(struct secret seed, struct str typed, int64_t now, int64_t after, int64_t *step);

#endif
