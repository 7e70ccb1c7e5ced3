/*
 * Access tokens. An input that holds a newline is header and claims, signed here with the ring's
 * key, so that the fuzzer gets past the signature; any other is a token as it stands.
 */
#include "fuzz.h"

#include "base/enc.h"
#include "crypto/jws.h"
#include "crypto/jwt.h"

static struct jws_key signer;

static struct ctx *
start(void)
{
	static struct keyring *ring;
	struct ctx *cx = fuzz_start(NULL);
	struct key_material key;

	if (ring == NULL) {
		require(key_generate(cx, ALG_ES256, &key) == OK);
		key.kid = S("fuzz");
		ring = keyring_new();
		require(keyring_set(ring, &key, 1, ALG_ES256) == OK);
		require(jws_key_read(&signer, &key) == OK);
	}
	cx->keys = ring;
	return cx;
}

static struct str
sign(struct ctx *cx, struct str header, struct str claims)
{
	uint8_t signature[JWS_SIGNATURE_MAX];
	struct buf token;
	size_t n;

	buf_init_arena(&token, cx->arena, FUZZ_TEXT);
	base64url_encode(&token, header.p, header.n);
	buf_char(&token, '.');
	base64url_encode(&token, claims.p, claims.n);
	require(jws_sign(&signer, buf_view(&token), signature, &n) == OK);
	buf_char(&token, '.');
	base64url_encode(&token, signature, n);
	return buf_view(&token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = start();
	struct str token = fuzz_text(data, size), header;
	struct claims claims;
	struct token_of seen;
	enum err e;

	if (memchr(token.p, '\n', token.n) != NULL && str_cut(&token, '\n', &header))
		token = sign(cx, header, token);
	e = jwt_verify(cx, token, FUZZ_NOW, &seen);
	require(jwt_read(cx, token, FUZZ_NOW, &claims) == e);
	if (e == OK)
		require(uuid_eq(&seen.sid, &claims.sid) && claims.exp + JWT_SKEW >= FUZZ_NOW &&
			str_eq(claims.iss, cx->config->server_public_url));
	return 0;
}
