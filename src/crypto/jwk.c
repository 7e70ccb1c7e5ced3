/* Writes public keys as JSON. All members are base64url or fixed words, so nothing needs escaping.
 */
#include "crypto/jwk.h"

#include "base/enc.h"
#include "base/json_write.h"

#include <openssl/core_names.h>

#define RSA_BYTES_MAX 512

/* size 0: as many bytes as the number needs. */
static bool
add_number(struct buf *out, EVP_PKEY *key, const char *name, int size)
{
	uint8_t bytes[RSA_BYTES_MAX];
	BIGNUM *n CLEANUP(bignum_drop) = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &n) != 1)
		return false;
	if (size == 0)
		size = BN_num_bytes(n);
	if (size > RSA_BYTES_MAX || BN_bn2binpad(n, bytes, size) != size)
		return false;
	base64url_encode(out, bytes, (size_t)size);
	return true;
}

static bool
write_ec(EVP_PKEY *key, struct buf *out)
{
	buf_z(out, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
	if (!add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, 32))
		return false;
	buf_z(out, "\",\"y\":\"");
	return add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
}

static bool
write_rsa(EVP_PKEY *key, struct buf *out)
{
	buf_z(out, "{\"e\":\"");
	if (!add_number(out, key, OSSL_PKEY_PARAM_RSA_E, 0))
		return false;
	buf_z(out, "\",\"kty\":\"RSA\",\"n\":\"");
	return add_number(out, key, OSSL_PKEY_PARAM_RSA_N, 0);
}

static bool
write_okp(EVP_PKEY *key, struct buf *out)
{
	uint8_t x[32];
	size_t n = sizeof(x);

	if (EVP_PKEY_get_raw_public_key(key, x, &n) != 1 || n != sizeof(x))
		return false;
	buf_z(out, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"");
	base64url_encode(out, x, n);
	return true;
}

enum err
jwk_canonical(EVP_PKEY *key, struct buf *out)
{
	bool done = false;

	if (EVP_PKEY_is_a(key, "EC"))
		done = write_ec(key, out);
	else if (EVP_PKEY_is_a(key, "RSA"))
		done = write_rsa(key, out);
	else if (EVP_PKEY_is_a(key, "ED25519"))
		done = write_okp(key, out);
	buf_z(out, "\"}");
	return done && !out->full ? OK : ERR_INTERNAL;
}

enum err
jwk_thumbprint(EVP_PKEY *key, char kid[static KID_ROOM])
{
	uint8_t digest[SHA256_SIZE];
	struct buf text CLEANUP_BUF, name CLEANUP_BUF;

	buf_init(&text, JWK_MAX);
	buf_init(&name, KID_ROOM);
	TRY(jwk_canonical(key, &text));
	sha256(text.p, text.n, digest);
	base64url_encode(&name, digest, sizeof(digest));
	snprintf(kid, KID_ROOM, "%.*s", STR_ARG(buf_view(&name)));
	return OK;
}

enum err
jwk_public(EVP_PKEY *key, enum alg alg, struct str kid, struct buf *out)
{
	struct buf members CLEANUP_BUF;
	struct json_out w;

	buf_init(&members, JWK_MAX);
	TRY(jwk_canonical(key, &members));
	buf_str(out, (struct str){members.p, members.n - 1}); /* without its closing brace */
	w = (struct json_out){out, true};
	json_pair(&w, "use", "sig");
	json_pair_str(&w, "alg", alg_name(alg));
	json_pair_str(&w, "kid", kid);
	json_close(&w);
	return out->full ? ERR_INTERNAL : OK;
}
