/*
 * Password hashes that other programs made, as imported accounts bring them: checked once, at the
 * first sign-in, which replaces them by our own.
 */
#ifndef CRYPTO_FOREIGN_H
#define CRYPTO_FOREIGN_H

#include "base/ctx.h"
#include "crypto/hash_text.h"

/* Whether the scheme looks at all of password. One that it would cut (at a NUL, or bcrypt's 72
 * bytes) must not match by its beginning. */
bool foreign_takes(const struct hash_text *t, struct secret password);
/*
 * Computes the hash in the calling thread, which holds a hash slot with its arena armed. *ok:
 * whether password is the one behind it. ERR_OVERLOADED: no memory. ERR_INVALID: the library
 * refuses the text. ERR_INTERNAL: a library is missing (logged).
 */
MUST_CHECK enum err
foreign_verify(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok);

#endif
