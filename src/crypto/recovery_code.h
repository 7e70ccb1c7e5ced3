/* Recovery codes: 80 random bits as base32 in four groups, "abcd-efgh-ijkl-mnop". At rest is a MAC,
 * bound to the account. */
#ifndef CRYPTO_RECOVERY_CODE_H
#define CRYPTO_RECOVERY_CODE_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "crypto/vault.h"

MUST_CHECK enum err recovery_code_make(struct ctx *cx, const struct uuid *user, struct str *text,
				       uint8_t mac[static MAC_SIZE]);
/* The MAC of a typed one; case, spaces (U+0020) and dashes do not matter. ERR_INVALID_CODE when it
 * has not the shape of one. */
MUST_CHECK enum err recovery_code_mac(struct ctx *cx, const struct uuid *user, struct str typed,
				      uint8_t mac[static MAC_SIZE]);

#endif
