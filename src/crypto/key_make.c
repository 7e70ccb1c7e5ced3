/* Makes signing keys. Their names are hashes of them, so two servers that hold a key agree on what
 * it is called. */
#include "crypto/jwk.h"
#include "crypto/jws.h"

#include "base/enc.h"

#include <openssl/err.h>
#include <sodium.h>

#define RSA_BITS 3072
#define HS256_KID_BYTES 16

static const struct {
	enum alg alg;
	struct str name;
} algs[] = {
	{ALG_ES256, {"ES256", 5}},
	{ALG_EDDSA, {"EdDSA", 5}},
	{ALG_RS256, {"RS256", 5}},
	{ALG_HS256, {"HS256", 5}},
};

struct str
alg_name(enum alg a)
{
	return algs[a].name;
}

bool
alg_parse(struct str s, enum alg *out)
{
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		if (!str_eq(s, algs[i].name))
			continue;
		*out = algs[i].alg;
		return true;
	}
	return false;
}

static EVP_PKEY *
generate(enum alg alg)
{
	switch (alg) {
	case ALG_ES256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case ALG_EDDSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case ALG_RS256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS);
	case ALG_HS256:
		break;
	}
	return NULL;
}

static bool
write_public(struct ctx *cx, EVP_PKEY *key, struct str *out)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	if (n <= 0)
		return false;
	*out = (struct str){arena_copy(cx->arena, der, (size_t)n), (size_t)n};
	OPENSSL_free(der);
	return true;
}

static bool
write_private(struct ctx *cx, EVP_PKEY *key, struct secret *out)
{
	PKCS8_PRIV_KEY_INFO *info CLEANUP(pkcs8_drop) = EVP_PKEY2PKCS8(key);
	unsigned char *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;

	if (n <= 0)
		return false;
	*out = (struct secret){arena_copy(cx->arena, der, (size_t)n), (size_t)n};
	OPENSSL_clear_free(der, (size_t)n);
	return true;
}

enum err
key_generate(struct ctx *cx, enum alg alg, struct key_material *out)
{
	struct key_material made = {.alg = alg};
	EVP_PKEY *key CLEANUP(pkey_drop) = generate(alg);
	char kid[KID_ROOM];

	if (!key || !write_public(cx, key, &made.public_der) ||
	    !write_private(cx, key, &made.private_der)) {
		ERR_clear_error();
		return fail(cx, ERR_INTERNAL, "A signing key could not be made.");
	}
	TRY(jwk_thumbprint(key, kid));
	made.kid = str_copy(cx->arena, str_of(kid));
	*out = made;
	return OK;
}

enum err
key_from_secret(struct ctx *cx, struct secret secret, struct key_material *out)
{
	static const unsigned char label[] = "aldgate kid";
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	struct buf kid;

	if (!secret.p || secret.n < HS256_SECRET_MIN)
		return fail(cx, ERR_INTERNAL, "token.hs256_secret must have at least %d bytes.",
			    HS256_SECRET_MIN);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.p, secret.n);
	crypto_auth_hmacsha256_update(&state, label, sizeof(label) - 1);
	crypto_auth_hmacsha256_final(&state, mac);
	wipe(&state, sizeof(state));
	buf_init_arena(&kid, cx->arena, KID_ROOM);
	base64url_encode(&kid, mac, HS256_KID_BYTES);
	*out = (struct key_material){
		.kid = buf_view(&kid),
		.alg = ALG_HS256,
		.private_der = {arena_copy(cx->arena, secret.p, secret.n), secret.n},
	};
	return OK;
}
