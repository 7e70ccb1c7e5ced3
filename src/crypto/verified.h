/*
 * Tokens whose signature and claims were found good, by their SHA-256. Bounded; a token leaves when
 * it is the least used of its set, and all leave when the keys change (the generation). Shared by
 * all threads. Expiry is the caller's to check.
 */
#ifndef CRYPTO_VERIFIED_H
#define CRYPTO_VERIFIED_H

#include "crypto/jwt.h"
#include "crypto/ossl.h"

#define VERIFIED_TOKENS 65536

struct verified;

struct verified *verified_new(void);
void verified_free(struct verified *v);

/* Everything of *out but iss and aud, texts in the arena; *key_until is the key's verifies_until.
 * false when it is not known under this generation. */
bool verified_find(struct verified *v, const uint8_t digest[static SHA256_SIZE],
		   uint64_t generation, struct arena *a, struct claims *out, int64_t *key_until);
/* Does nothing when a text is too long to be kept. */
void verified_keep(struct verified *v, const uint8_t digest[static SHA256_SIZE],
		   uint64_t generation, const struct claims *c, int64_t key_until);

#endif
