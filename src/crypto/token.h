/*
 * Tokens that are not JWTs. A refresh token names its session and a counter under a MAC, so a
 * session is one row however often it rotates, and the database alone can't mint one. Link tokens
 * are random; at rest is only their MAC. Codes are six digits, at rest a MAC bound to their
 * challenge.
 */
#ifndef CRYPTO_TOKEN_H
#define CRYPTO_TOKEN_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "crypto/vault.h"

#define REFRESH_PREFIX "agr_"
#define REFRESH_MAX 128 /* bytes of text */
#define CODE_DIGITS 6
#define LINK_TOKEN_BYTES 24

struct refresh_token {
	struct uuid session;
	int64_t counter; /* from 0 */
};

MUST_CHECK enum err
refresh_token_make(struct ctx *cx, const struct refresh_token *t, struct str *text);
/* ERR_TOKEN for anything that this master key did not make; costs no look-up. */
MUST_CHECK enum err refresh_token_read(struct ctx *cx, struct str text, struct refresh_token *out);

/* A new random link token as URL-safe text, and the MAC under which it is found. */
MUST_CHECK enum err link_token_make(struct ctx *cx, struct str *text, uint8_t mac[static MAC_SIZE]);
/* The MAC of a presented one; ERR_INVALID_LINK when it has not the shape of a token. */
MUST_CHECK enum err link_token_mac(struct ctx *cx, struct str text, uint8_t mac[static MAC_SIZE]);

/* Six uniform digits, and their MAC bound to the challenge. */
MUST_CHECK enum err code_make(struct ctx *cx, const struct uuid *challenge, struct str *digits,
			      uint8_t mac[static MAC_SIZE]);
/* What was typed without its spaces (U+0020); false unless that is six digits. */
bool code_digits(struct str typed, char out[static CODE_DIGITS]);
/* Constant time. Spaces (U+0020) anywhere in what was typed are ignored. */
bool
code_matches(struct ctx *cx, const struct uuid *challenge, struct str typed, struct str stored_mac);

#endif
