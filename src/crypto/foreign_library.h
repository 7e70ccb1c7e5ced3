/*
 * libargon2 and libcrypt, opened on first use: only hashes that other programs made need them. Only
 * their headers are needed at build.
 */
#ifndef CRYPTO_FOREIGN_LIBRARY_H
#define CRYPTO_FOREIGN_LIBRARY_H

#include "base/ctx.h"

#include <argon2.h>
#include <crypt.h>

typedef int (*argon2_fn)(argon2_context *context, argon2_type type);
typedef char *(*crypt_fn)(const char *key, const char *setting, struct crypt_data *data);

/*
 * argon2_ctx and crypt_r, for the life of the process. ERR_INTERNAL, with a line in the log, when
 * the library can't be opened; it is tried anew at the next call.
 */
MUST_CHECK enum err argon2_open(const struct ctx *cx, argon2_fn *out);
MUST_CHECK enum err crypt_open(const struct ctx *cx, crypt_fn *out);

#endif
