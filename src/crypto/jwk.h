/* Keys as JSON (RFC 7517, 7518 6, 8037 2) and their names (RFC 7638). */
#ifndef CRYPTO_JWK_H
#define CRYPTO_JWK_H

#include "crypto/keyring.h"
#include "crypto/ossl.h"

#define JWK_MAX 1024 /* bytes of one key's JSON */

/* The members that make the public key, in the order and form that RFC 7638 hashes:
 * {"crv":…,"kty":…,"x":…}. */
MUST_CHECK enum err jwk_canonical(EVP_PKEY *key, struct buf *out);
/* The SHA-256 of that as base64url. */
MUST_CHECK enum err jwk_thumbprint(EVP_PKEY *key, char kid[static KID_ROOM]);
/* The same members with use, alg and kid. */
MUST_CHECK enum err jwk_public(EVP_PKEY *key, enum alg alg, struct str kid, struct buf *out);

#endif
