/*
 * Signs and verifies. The context is made anew for each signature: with the digest fetched ahead
 * that costs two microseconds of some twenty-five, and nothing has to be shared between threads but
 * the key itself.
 */
#include "crypto/jws.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <sodium.h>

#define ES256_HALF 32
#define ES256_SIZE (2 * ES256_HALF)
#define ES256_DER_MAX 72
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

static EVP_PKEY *
read_private(struct secret der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS8_PRIV_KEY_INFO *info CLEANUP(pkcs8_drop) =
		d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);

	if (!info || p != (const unsigned char *)der.p + der.n)
		return NULL;
	return EVP_PKCS82PKEY(info);
}

static EVP_PKEY *
read_public(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.n);

	if (key && p != (const unsigned char *)der.p + der.n) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static bool
is_p256(EVP_PKEY *key)
{
	char group[32];
	size_t n;

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	       str_eq(str_of(group), S("prime256v1"));
}

static bool
is_of(EVP_PKEY *key, enum alg alg)
{
	int bits;

	switch (alg) {
	case ALG_ES256:
		return is_p256(key);
	case ALG_EDDSA:
		return EVP_PKEY_is_a(key, "ED25519");
	case ALG_RS256:
		bits = EVP_PKEY_get_bits(key);
		return EVP_PKEY_is_a(key, "RSA") && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
	case ALG_HS256:
		break;
	}
	return false;
}

static enum err
read_secret(struct jws_key *out, struct secret secret)
{
	if (!secret.p || secret.n < HS256_SECRET_MIN || sodium_init() < 0)
		return ERR_INTERNAL;
	out->secret = sodium_malloc(secret.n);
	if (!out->secret)
		return ERR_UNAVAILABLE;
	memcpy(out->secret, secret.p, secret.n);
	out->secret_size = secret.n;
	out->signs = true;
	return OK;
}

static enum err
read_pair(struct jws_key *out, const struct key_material *m)
{
	EVP_PKEY *public CLEANUP(pkey_drop) =
		str_absent(m->public_der) ? NULL : read_public(m->public_der);
	EVP_PKEY *private CLEANUP(pkey_drop) =
		m->private_der.p ? read_private(m->private_der) : NULL;

	if (!public || !is_of(public, m->alg))
		return ERR_INTERNAL;
	if (m->private_der.p && (!private || EVP_PKEY_eq(public, private) != 1))
		return ERR_INTERNAL;
	out->signs = private != NULL;
	out->pkey = private ? private : public;
	return EVP_PKEY_up_ref(out->pkey) == 1 ? OK : ERR_INTERNAL;
}

enum err
jws_key_read(struct jws_key *out, const struct key_material *m)
{
	struct jws_key k = {.alg = m->alg};
	enum err e = m->alg == ALG_HS256 ? read_secret(&k, m->private_der) : read_pair(&k, m);

	ERR_clear_error();
	if (e == OK)
		*out = k;
	return e;
}

void
jws_key_release(struct jws_key *k)
{
	EVP_PKEY_free(k->pkey);
	sodium_free(k->secret);
	*k = (struct jws_key){.alg = k->alg};
}

static void
hs256(const struct jws_key *k, struct str input, uint8_t out[static crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, k->secret, k->secret_size);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)input.p, input.n);
	crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
}

/* RFC 7518 3.4: r and s as 32 bytes each, instead of OpenSSL's DER. */
static bool
es256_to_raw(const uint8_t *der, size_t n, uint8_t raw[static ES256_SIZE])
{
	const unsigned char *p = der;
	ECDSA_SIG *sig CLEANUP(ecdsa_sig_drop) = d2i_ECDSA_SIG(NULL, &p, (long)n);

	return sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, ES256_HALF) == ES256_HALF &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + ES256_HALF, ES256_HALF) == ES256_HALF;
}

static bool
es256_to_der(struct str raw, uint8_t der[static ES256_DER_MAX], size_t *n)
{
	const unsigned char *bytes = (const unsigned char *)raw.p;
	unsigned char *p = der;
	ECDSA_SIG *sig CLEANUP(ecdsa_sig_drop) = ECDSA_SIG_new();
	BIGNUM *r CLEANUP(bignum_drop) = NULL, *s CLEANUP(bignum_drop) = NULL;
	int length;

	if (!sig || raw.n != ES256_SIZE)
		return false;
	r = BN_bin2bn(bytes, ES256_HALF, NULL);
	s = BN_bin2bn(bytes + ES256_HALF, ES256_HALF, NULL);
	if (!r || !s || ECDSA_SIG_set0(sig, r, s) != 1)
		return false;
	r = s = NULL; /* the signature's now */
	length = i2d_ECDSA_SIG(sig, NULL);
	if (length <= 0 || length > ES256_DER_MAX || i2d_ECDSA_SIG(sig, &p) != length)
		return false;
	*n = (size_t)length;
	return true;
}

/* For both of RS256's directions; ES256 needs no settings. */
static bool
set_up(EVP_PKEY_CTX *ctx, enum alg alg)
{
	return alg != ALG_RS256 || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
				    EVP_PKEY_CTX_set_signature_md(ctx, sha256_md()) == 1);
}

static bool
sign_digest(const struct jws_key *k, struct str input, uint8_t *out, size_t *n)
{
	uint8_t digest[SHA256_SIZE], raw[ES256_SIZE];
	EVP_PKEY_CTX *ctx CLEANUP(pkey_ctx_drop) = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);

	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 || !set_up(ctx, k->alg))
		return false;
	sha256(input.p, input.n, digest);
	if (EVP_PKEY_sign(ctx, out, n, digest, sizeof(digest)) != 1)
		return false;
	if (k->alg == ALG_RS256)
		return true;
	if (!es256_to_raw(out, *n, raw))
		return false;
	memcpy(out, raw, sizeof(raw));
	*n = sizeof(raw);
	return true;
}

static bool
sign_eddsa(const struct jws_key *k, struct str input, uint8_t *out, size_t *n)
{
	EVP_MD_CTX *ctx CLEANUP(md_ctx_drop) = EVP_MD_CTX_new();

	return ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, k->pkey, NULL) == 1 &&
	       EVP_DigestSign(ctx, out, n, (const unsigned char *)input.p, input.n) == 1;
}

static bool
verify_digest(const struct jws_key *k, struct str input, struct str signature)
{
	uint8_t digest[SHA256_SIZE], der[ES256_DER_MAX];
	const uint8_t *p = (const uint8_t *)signature.p;
	size_t n = signature.n;
	EVP_PKEY_CTX *ctx CLEANUP(pkey_ctx_drop) = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);

	if (!ctx || EVP_PKEY_verify_init(ctx) != 1 || !set_up(ctx, k->alg))
		return false;
	if (k->alg == ALG_ES256) {
		if (!es256_to_der(signature, der, &n))
			return false;
		p = der;
	}
	sha256(input.p, input.n, digest);
	return EVP_PKEY_verify(ctx, p, n, digest, sizeof(digest)) == 1;
}

static bool
verify_eddsa(const struct jws_key *k, struct str input, struct str signature)
{
	EVP_MD_CTX *ctx CLEANUP(md_ctx_drop) = EVP_MD_CTX_new();

	return ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, k->pkey, NULL) == 1 &&
	       EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
				(const unsigned char *)input.p, input.n) == 1;
}

static bool
verify_hs256(const struct jws_key *k, struct str input, struct str signature)
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	bool same;

	if (signature.n != sizeof(mac))
		return false;
	hs256(k, input, mac);
	same = sodium_memcmp(mac, signature.p, sizeof(mac)) == 0;
	wipe(mac, sizeof(mac)); /* of a forged token it would be the right signature */
	return same;
}

enum err
jws_sign(const struct jws_key *k, struct str input, uint8_t signature[static JWS_SIGNATURE_MAX],
	 size_t *n)
{
	bool done;

	if (!k->signs)
		return ERR_INTERNAL;
	*n = JWS_SIGNATURE_MAX;
	if (k->alg == ALG_HS256) {
		hs256(k, input, signature);
		*n = crypto_auth_hmacsha256_BYTES;
		return OK;
	}
	done = k->alg == ALG_EDDSA ? sign_eddsa(k, input, signature, n)
				   : sign_digest(k, input, signature, n);
	if (!done)
		ERR_clear_error();
	return done ? OK : ERR_INTERNAL;
}

bool
jws_verify(const struct jws_key *k, struct str input, struct str signature)
{
	bool good;

	switch (k->alg) {
	case ALG_HS256:
		return verify_hs256(k, input, signature);
	case ALG_EDDSA:
		good = verify_eddsa(k, input, signature);
		break;
	default:
		good = verify_digest(k, input, signature);
	}
	if (!good)
		ERR_clear_error();
	return good;
}
