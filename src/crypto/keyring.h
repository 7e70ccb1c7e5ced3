/*
 * The signing keys that a server holds, by kid; read from the store by domain/keys.c. Shared by all
 * threads; replaced as a whole.
 */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include "base/buf.h"
#include "base/ctx.h"

enum alg { ALG_ES256, ALG_EDDSA, ALG_RS256, ALG_HS256 };

#define KID_ROOM 44 /* base64url of an RFC 7638 thumbprint, NUL-terminated */

/* One key as it is stored. */
struct key_material {
	struct str kid;
	enum alg alg;
	struct str public_der;     /* SubjectPublicKeyInfo; absent for HS256 */
	struct secret private_der; /* PKCS#8; absent when the key only verifies. HS256: the secret
				      itself */
	int64_t signs_from;        /* microseconds; the newest key whose time has come signs */
	int64_t verifies_until;    /* microseconds; 0: for ever */
};

struct keyring;

struct str alg_name(enum alg a); /* "ES256", "EdDSA", "RS256", "HS256" */
bool alg_parse(struct str s, enum alg *out);

/* A new key pair in the arena; kid is its RFC 7638 thumbprint. Not for HS256. */
MUST_CHECK enum err key_generate(struct ctx *cx, enum alg alg, struct key_material *out);
/* HS256 from the configured secret; its kid is derived by a one-way hash. */
MUST_CHECK enum err key_from_secret(struct ctx *cx, struct secret secret, struct key_material *out);

struct keyring *keyring_new(void);
void keyring_free(struct keyring *r);
/* Replaces all keys at once; tokens that are being checked finish with the old ones. signing: only
 * keys of this alg sign. ERR_INTERNAL on a key that can't be read. */
MUST_CHECK enum err
keyring_set(struct keyring *r, const struct key_material *keys, size_t n, enum alg signing);
bool keyring_has(struct keyring *r, struct str kid);
/* Whether kid is the key that signs at now. */
bool keyring_signs(struct keyring *r, struct str kid, int64_t now);
/* The public keys as a JWK Set (RFC 7517): no HS256, nothing private, expired ones left out. */
void keyring_jwks(struct keyring *r, int64_t now, struct buf *out);

#endif
