/*
 * Access tokens. An input that holds a newline is header and claims, signed here with the ring's
 * key (for tests only), so that the fuzzer gets past the signature; any other is a token as it
 * stands.
 */
#include "fuzz.h"

#include "base/enc.h"
#include "crypto/jwt.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define PRIVATE_KEY                                                                                \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQ5XsJVjMYaX54MyN"                         \
	"zhRz1e0DtA6dB2pt4DftZYO00YGhRANCAAQxrd6axITrHYyPF1xz74V5ezDS8JCj"                         \
	"Z2Wb4hADPO9jbQfaWOMWsZY3lvOgRJul1gkLmBjqqqW2bidQxg2Vx++K"
#define PUBLIC_KEY                                                                                 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMa3emsSE6x2Mjxdcc++FeXsw0vCQ"                         \
	"o2dlm+IQAzzvY20H2ljjFrGWN5bzoESbpdYJC5gY6qqltm4nUMYNlcfvig=="

static char *no_environ[] = {NULL};
static EVP_PKEY *signer;

static struct ctx *
start(void)
{
	static struct keyring *ring;
	static uint8_t private_der[256], public_der[256];
	size_t private_n = sizeof(private_der), public_n = sizeof(public_der);
	const uint8_t *at = private_der;
	struct ctx *cx = fuzz_start(no_environ);
	struct key_material key = {.kid = S("fuzz"), .alg = ALG_ES256};

	if (ring == NULL) {
		require(base64_decode(S(PRIVATE_KEY), private_der, &private_n));
		require(base64_decode(S(PUBLIC_KEY), public_der, &public_n));
		key.public_der = (struct str){(char *)public_der, public_n};
		ring = keyring_new();
		require(keyring_set(ring, &key, 1, ALG_ES256) == OK);
		signer = d2i_AutoPrivateKey(NULL, &at, (long)private_n);
		require(signer != NULL);
	}
	cx->keys = ring;
	return cx;
}

static struct str
sign(struct ctx *cx, struct str header, struct str claims)
{
	uint8_t der[80], raw[64];
	const uint8_t *at = der;
	size_t n = sizeof(der);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	ECDSA_SIG *sig;
	struct buf token;

	buf_init_arena(&token, cx->arena, FUZZ_TEXT);
	base64url_encode(&token, header.p, header.n);
	buf_char(&token, '.');
	base64url_encode(&token, claims.p, claims.n);
	require(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, signer) == 1);
	require(EVP_DigestSign(md, der, &n, (uint8_t *)token.p, token.n) == 1);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
	require(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32);
	require(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32);
	buf_char(&token, '.');
	base64url_encode(&token, raw, sizeof(raw));
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(md);
	return buf_view(&token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = start();
	struct str token = fuzz_text(data, size), header;
	struct claims claims;

	if (memchr(token.p, '\n', token.n) != NULL && str_cut(&token, '\n', &header))
		token = sign(cx, header, token);
	if (jwt_verify(cx, token, FUZZ_NOW, &claims) == OK)
		require(claims.exp + JWT_SKEW >= FUZZ_NOW &&
			str_eq(claims.iss, cx->config->server_public_url));
	return 0;
}
