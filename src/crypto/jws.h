/* JWS signatures (RFC 7515, 7518, 8037) over bytes: one key, one algorithm. What a token is, is
 * jwt.h's. */
#ifndef CRYPTO_JWS_H
#define CRYPTO_JWS_H

#include "crypto/keyring.h"
#include "crypto/ossl.h"

#define JWS_SIGNATURE_MAX 512 /* bytes: RSA of 4096 bits */
#define HS256_SECRET_MIN 32   /* bytes, RFC 7518 3.2 */

struct jws_key {
	enum alg alg;
	bool signs;            /* it holds the private part */
	EVP_PKEY *pkey;        /* NULL for HS256 */
	unsigned char *secret; /* HS256, in guarded memory */
	size_t secret_size;
};

/* Takes a copy of the key. ERR_INTERNAL when it can't be read, is not of its alg, is weak, or its
 * parts don't belong together. */
MUST_CHECK enum err jws_key_read(struct jws_key *out, const struct key_material *m);
void jws_key_release(struct jws_key *k);

/* *n: bytes of the signature. ERR_INTERNAL when the key can't sign. */
MUST_CHECK enum err jws_sign(const struct jws_key *k, struct str input,
			     uint8_t signature[static JWS_SIGNATURE_MAX], size_t *n);
bool jws_verify(const struct jws_key *k, struct str input, struct str signature);

#endif
