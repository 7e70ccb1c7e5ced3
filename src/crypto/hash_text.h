/*
 * A stored password hash as text: which scheme it is of, what it costs, its salt and its tag. Only
 * what is read here whole and within the bounds is ever computed, so no text from an import can
 * take a server's memory or time.
 */
#ifndef CRYPTO_HASH_TEXT_H
#define CRYPTO_HASH_TEXT_H

#include "base/str.h"

enum hash_scheme {
	HASH_ARGON2ID,
	HASH_ARGON2I,
	HASH_BCRYPT,
	HASH_SHA512_CRYPT,
	HASH_YESCRYPT,
	HASH_PBKDF2_SHA256,
	HASH_SCRYPT
};

#define HASH_MEMORY_KIB_MAX (256 * 1024)
#define HASH_PASSES_MAX 16
#define HASH_LANES_MAX 16
#define HASH_SALT_MAX 128
#define HASH_TAG_MAX 64

struct hash_text {
	enum hash_scheme scheme;
	struct str text; /* as its library reads it: without the "argon2" that Django puts first */
	int64_t memory_kib; /* that computing it takes; 0: next to none */
	int64_t passes;     /* Argon2's; the iterations of bcrypt, SHA-512-crypt and PBKDF2 */
	int64_t lanes;      /* Argon2, scrypt */
	int64_t n, r;       /* scrypt */
	size_t salt_n, tag_n;
	uint8_t salt[HASH_SALT_MAX], tag[HASH_TAG_MAX]; /* of the schemes that are not crypt(5)'s */
};

/* false: of no scheme that is known, not in its exact form, or past the bounds. memory_kib_max is
 * Argon2's. The result borrows from text. */
bool hash_text_read(struct str text, int64_t memory_kib_max, struct hash_text *out);
/* Milliseconds that computing it takes on one core, roughly: to tell the slow from the usual. */
int64_t hash_text_ms(const struct hash_text *t);

#endif
