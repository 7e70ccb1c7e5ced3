/*
 * Tokens whose signature and claims were found good, by a keyed hash of all their bytes. Bounded; a
 * token leaves when it is the least used of its set, and all leave when the keys change (the
 * generation). Shared by all threads. Expiry is the caller's to check.
 */
#ifndef CRYPTO_VERIFIED_H
#define CRYPTO_VERIFIED_H

#include "crypto/jwt.h"

#define VERIFIED_TOKENS 32768

struct verified;

struct verified *verified_new(void);
void verified_free(struct verified *v);

struct verified_token {
	struct token_of token;
	int64_t key_until; /* its key's verifies_until */
};

/* false when it is not known under this generation. */
bool verified_find(struct verified *v, struct str token, uint64_t generation,
		   struct verified_token *out);
void verified_keep(struct verified *v, struct str token, uint64_t generation,
		   const struct verified_token *what);

#endif
