/* HKDF with SHA-256 (RFC 5869). */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include "base/err.h"

/* n bytes of output, at most 255 * 32. An absent salt is the RFC's default. ERR_INTERNAL when
 * OpenSSL refuses. */
MUST_CHECK enum err
hkdf_sha256(struct secret key, struct str salt, struct str info, uint8_t *out, size_t n);

#endif
