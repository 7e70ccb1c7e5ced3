/* Keys for tests: from the members of a JWK to what a key ring takes. */
#ifndef TESTS_KEY_FIXTURE_H
#define TESTS_KEY_FIXTURE_H

#include "base/enc.h"
#include "crypto/jws.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

static inline struct str
from_base64url(struct arena *a, const char *text)
{
	size_t n = strlen(text);
	char *p = arena_alloc(a, n + 1);

	assert_true(base64url_decode(str_of(text), p, &n));
	return (struct str){p, n};
}

static inline EVP_PKEY *
key_from_params(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static inline EVP_PKEY *
rsa_public(struct arena *a, const char *n, const char *e)
{
	struct str n_bytes = from_base64url(a, n), e_bytes = from_base64url(a, e);
	BIGNUM *n_number = BN_bin2bn((const unsigned char *)n_bytes.p, (int)n_bytes.n, NULL);
	BIGNUM *e_number = BN_bin2bn((const unsigned char *)e_bytes.p, (int)e_bytes.n, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key;

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n_number);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e_number);
	key = key_from_params("RSA", build);
	BN_free(n_number);
	BN_free(e_number);
	return key;
}

static inline EVP_PKEY *
ec_public(struct arena *a, const char *x, const char *y)
{
	struct str x_bytes = from_base64url(a, x), y_bytes = from_base64url(a, y);
	uint8_t point[65] = {4};
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();

	assert_int_equal(x_bytes.n, 32);
	assert_int_equal(y_bytes.n, 32);
	memcpy(point + 1, x_bytes.p, 32);
	memcpy(point + 33, y_bytes.p, 32);
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	return key_from_params("EC", build);
}

static inline EVP_PKEY *
okp_public(struct arena *a, const char *x)
{
	struct str bytes = from_base64url(a, x);

	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)bytes.p,
					   bytes.n);
}

static inline struct str
public_der(struct arena *a, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	struct str out;

	assert_true(n > 0);
	out = (struct str){arena_copy(a, der, (size_t)n), (size_t)n};
	OPENSSL_free(der);
	return out;
}

#endif
