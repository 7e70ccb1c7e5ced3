/* Access tokens that are not ours: every forgery of RFC 8725's kind is refused, at first sight and
 * at second. */
#include "../unit.h"

#include "jwt_fixture.h"

#include "crypto/jwk.h"

#include <sodium.h>

static const struct {
	const char *name, *member, *json, *more;
	enum err want;
} header_rows[] = {
	{"as it should be", NULL, NULL, NULL, OK},
	{"alg none", "alg", "\"none\"", NULL, ERR_TOKEN},
	{"alg None", "alg", "\"None\"", NULL, ERR_TOKEN},
	{"alg NONE", "alg", "\"NONE\"", NULL, ERR_TOKEN},
	{"alg empty", "alg", "\"\"", NULL, ERR_TOKEN},
	{"alg null", "alg", "null", NULL, ERR_TOKEN},
	{"alg number", "alg", "256", NULL, ERR_TOKEN},
	{"alg array", "alg", "[\"ES256\"]", NULL, ERR_TOKEN},
	{"alg object", "alg", "{\"ES256\":1}", NULL, ERR_TOKEN},
	{"alg missing", "alg", NULL, NULL, ERR_TOKEN},
	{"alg lower case", "alg", "\"es256\"", NULL, ERR_TOKEN},
	{"alg with NUL", "alg", "\"ES256\\u0000\"", NULL, ERR_TOKEN},
	{"alg of another key", "alg", "\"EdDSA\"", NULL, ERR_TOKEN},
	{"alg HS256", "alg", "\"HS256\"", NULL, ERR_TOKEN},
	{"alg ES384", "alg", "\"ES384\"", NULL, ERR_TOKEN},
	{"alg twice", NULL, NULL, ",\"alg\":\"none\"", ERR_TOKEN},
	{"alg twice, the same", NULL, NULL, ",\"alg\":\"ES256\"", ERR_TOKEN},
	{"alg twice, escaped", NULL, NULL, ",\"al\\u0067\":\"none\"", ERR_TOKEN},
	{"typ missing", "typ", NULL, NULL, ERR_TOKEN},
	{"typ JWT", "typ", "\"JWT\"", NULL, ERR_TOKEN},
	{"typ of a refresh token", "typ", "\"rt+jwt\"", NULL, ERR_TOKEN},
	{"typ null", "typ", "null", NULL, ERR_TOKEN},
	{"typ with a space", "typ", "\"at+jwt \"", NULL, ERR_TOKEN},
	{"typ upper case", "typ", "\"AT+JWT\"", NULL, OK},
	{"typ in full", "typ", "\"application/at+jwt\"", NULL, OK},
	{"typ in full, mixed case", "typ", "\"Application/AT+jwt\"", NULL, OK},
	{"typ twice", NULL, NULL, ",\"typ\":\"at+jwt\"", ERR_TOKEN},
	{"kid missing", "kid", NULL, NULL, ERR_TOKEN},
	{"kid empty", "kid", "\"\"", NULL, ERR_TOKEN},
	{"kid null", "kid", "null", NULL, ERR_TOKEN},
	{"kid number", "kid", "0", NULL, ERR_TOKEN},
	{"kid array", "kid", "[]", NULL, ERR_TOKEN},
	{"kid a path", "kid", "\"../../../../dev/null\"", NULL, ERR_TOKEN},
	{"kid SQL", "kid", "\"x' UNION SELECT 'secret'--\"", NULL, ERR_TOKEN},
	{"kid a command", "kid", "\"|/bin/true\"", NULL, ERR_TOKEN},
	{"kid a NUL", "kid", "\"\\u0000\"", NULL, ERR_TOKEN},
	{"kid unknown", "kid", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", NULL, ERR_TOKEN},
	{"crit empty", "crit", "[]", NULL, ERR_TOKEN},
	{"crit b64", "crit", "[\"b64\"]", NULL, ERR_TOKEN},
	{"crit of a known member", "crit", "[\"alg\"]", NULL, ERR_TOKEN},
	{"b64", "b64", "true", NULL, ERR_TOKEN},
	{"zip", "zip", "\"DEF\"", NULL, ERR_TOKEN},
	{"enc", "enc", "\"A256GCM\"", NULL, ERR_TOKEN},
	{"jwk", "jwk", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", NULL,
	 ERR_TOKEN},
	{"jku", "jku", "\"https://evil.example/jwks.json\"", NULL, ERR_TOKEN},
	{"x5u", "x5u", "\"https://evil.example/cert.pem\"", NULL, ERR_TOKEN},
	{"x5c", "x5c", "[\"MIIB\"]", NULL, ERR_TOKEN},
	{"x5t", "x5t", "\"AAAA\"", NULL, ERR_TOKEN},
	{"cty", "cty", "\"JWT\"", NULL, ERR_TOKEN},
	{"unknown member", "foo", "1", NULL, ERR_TOKEN},
};

static void
headers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(header_rows); i++) {
		struct str header = header_with(header_rows[i].member, header_rows[i].json,
						header_rows[i].more);

		print_message("%s\n", header_rows[i].name);
		expect(forged(&es, header, claims_with(NULL, NULL, NULL)), header_rows[i].want);
		arena_reset(&arena);
	}
}

static const struct {
	const char *name, *member, *json, *more;
	enum err want;
} claim_rows[] = {
	{"as they should be", NULL, NULL, NULL, OK},
	{"one more", "foo", "{\"bar\":[1]}", NULL, OK},
	{"iss other", "iss", "\"https://evil.example\"", NULL, ERR_TOKEN},
	{"iss with a slash", "iss", "\"" ISSUER "/\"", NULL, ERR_TOKEN},
	{"iss shorter", "iss", "\"https://id.exampl\"", NULL, ERR_TOKEN},
	{"iss with NUL", "iss", "\"" ISSUER "\\u0000\"", NULL, ERR_TOKEN},
	{"iss missing", "iss", NULL, NULL, ERR_TOKEN},
	{"iss null", "iss", "null", NULL, ERR_TOKEN},
	{"iss array", "iss", "[\"" ISSUER "\"]", NULL, ERR_TOKEN},
	{"aud other", "aud", "\"https://other.example\"", NULL, ERR_TOKEN},
	{"aud array", "aud", "[\"" AUDIENCE "\"]", NULL, ERR_TOKEN},
	{"aud array of two", "aud", "[\"" AUDIENCE "\",\"https://other.example\"]", NULL,
	 ERR_TOKEN},
	{"aud missing", "aud", NULL, NULL, ERR_TOKEN},
	{"aud empty", "aud", "\"\"", NULL, ERR_TOKEN},
	{"exp missing", "exp", NULL, NULL, ERR_TOKEN},
	{"exp null", "exp", "null", NULL, ERR_TOKEN},
	{"exp string", "exp", "\"1800000900\"", NULL, ERR_TOKEN},
	{"exp 1e308", "exp", "1e308", NULL, ERR_TOKEN},
	{"exp with a fraction", "exp", "1800000900.5", NULL, ERR_TOKEN},
	{"exp past 64 bits", "exp", "18446744073709551616", NULL, ERR_TOKEN},
	{"exp of 64 bits", "exp", "9223372036854775807", NULL, ERR_TOKEN},
	{"exp at the end of time", "exp", "253402300799", NULL, OK},
	{"exp after the end of time", "exp", "253402300800", NULL, ERR_TOKEN},
	{"exp negative", "exp", "-1", NULL, ERR_TOKEN},
	{"exp zero", "exp", "0", NULL, ERR_TOKEN},
	{"exp now", "exp", "1800000000", NULL, OK},
	{"exp within the skew", "exp", "1799999971", NULL, OK},
	{"exp past the skew", "exp", "1799999970", NULL, ERR_TOKEN},
	{"exp twice", NULL, NULL, ",\"exp\":1800000900", ERR_TOKEN},
	{"exp boolean", "exp", "true", NULL, ERR_TOKEN},
	{"iat missing", "iat", NULL, NULL, ERR_TOKEN},
	{"iat string", "iat", "\"1800000000\"", NULL, ERR_TOKEN},
	{"iat within the skew", "iat", "1800000030", NULL, OK},
	{"iat in the future", "iat", "1800000031", NULL, ERR_TOKEN},
	{"nbf past", "nbf", "1799999999", NULL, OK},
	{"nbf within the skew", "nbf", "1800000030", NULL, OK},
	{"nbf in the future", "nbf", "1800000031", NULL, ERR_TOKEN},
	{"nbf string", "nbf", "\"1\"", NULL, ERR_TOKEN},
	{"nbf null", "nbf", "null", NULL, ERR_TOKEN},
	{"sub missing", "sub", NULL, NULL, ERR_TOKEN},
	{"sub not a UUID", "sub", "\"admin\"", NULL, ERR_TOKEN},
	{"sub in braces", "sub", "\"{" SUB "}\"", NULL, ERR_TOKEN},
	{"sub number", "sub", "1", NULL, ERR_TOKEN},
	{"sub twice", NULL, NULL, ",\"sub\":\"" SID "\"", ERR_TOKEN},
	{"sub twice, escaped", NULL, NULL, ",\"su\\u0062\":\"" SID "\"", ERR_TOKEN},
	{"sid missing", "sid", NULL, NULL, ERR_TOKEN},
	{"jti missing", "jti", NULL, NULL, ERR_TOKEN},
	{"jti array", "jti", "[\"" JTI "\"]", NULL, ERR_TOKEN},
	{"role missing", "role", NULL, NULL, ERR_TOKEN},
	{"role array", "role", "[\"ADMIN\"]", NULL, ERR_TOKEN},
	{"kyc missing", "kyc", NULL, NULL, ERR_TOKEN},
	{"kyc null", "kyc", "null", NULL, ERR_TOKEN},
	{"email_verified missing", "email_verified", NULL, NULL, ERR_TOKEN},
	{"email_verified string", "email_verified", "\"true\"", NULL, ERR_TOKEN},
	{"email_verified number", "email_verified", "1", NULL, ERR_TOKEN},
	{"amr missing", "amr", NULL, NULL, ERR_TOKEN},
	{"amr string", "amr", "\"pwd\"", NULL, ERR_TOKEN},
	{"amr empty", "amr", "[]", NULL, OK},
	{"amr of numbers", "amr", "[1]", NULL, ERR_TOKEN},
	{"amr with a space", "amr", "[\"pwd otp\"]", NULL, ERR_TOKEN},
	{"amr with an empty one", "amr", "[\"pwd\",\"\"]", NULL, ERR_TOKEN},
	{"amr of nine", "amr", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]", NULL,
	 ERR_TOKEN},
	{"auth_time missing", "auth_time", NULL, NULL, ERR_TOKEN},
	{"auth_time string", "auth_time", "\"1799996400\"", NULL, ERR_TOKEN},
};

static void
claims(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(claim_rows); i++) {
		struct str text =
			claims_with(claim_rows[i].member, claim_rows[i].json, claim_rows[i].more);

		print_message("%s\n", claim_rows[i].name);
		expect(forged(&es, header_with(NULL, NULL, NULL), text), claim_rows[i].want);
		arena_reset(&arena);
	}
}

static const struct {
	const char *name;
	struct str header, claims; /* absent: the good one */
} text_rows[] = {
	{"header no object", {"[]", 2}, {NULL, 0}},
	{"header a string", {"\"ES256\"", 7}, {NULL, 0}},
	{"header empty object", {"{}", 2}, {NULL, 0}},
	{"header not JSON", {"{alg:ES256}", 11}, {NULL, 0}},
	{"claims no object", {NULL, 0}, {"[]", 2}},
	{"claims a string", {NULL, 0}, {"\"joe\"", 5}},
	{"claims empty object", {NULL, 0}, {"{}", 2}},
	{"claims not UTF-8", {NULL, 0}, {"{\"iss\":\"\xff\"}", 11}},
	/* RFC 7519 3.1 */
	{"the RFC's own claims",
	 {NULL, 0},
	 {"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}",
	  70}},
	{"the RFC's own header", {"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", 30}, {NULL, 0}},
};

static void
odd_texts(void **state)
{
	struct str deep = claims_with(
		"foo", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", NULL);

	for (size_t i = 0; i < ARRAY_LEN(text_rows); i++) {
		struct str header = text_rows[i].header, text = text_rows[i].claims;

		print_message("%s\n", text_rows[i].name);
		if (str_absent(header))
			header = header_with(NULL, NULL, NULL);
		if (str_absent(text))
			text = claims_with(NULL, NULL, NULL);
		expect(forged(&es, header, text), ERR_TOKEN);
	}
	expect(forged(&es, header_with(NULL, NULL, NULL), deep), ERR_TOKEN);
}

static struct str
hs256_by(struct str key, struct str input)
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state s;

	crypto_auth_hmacsha256_init(&s, (const unsigned char *)key.p, key.n);
	crypto_auth_hmacsha256_update(&s, (const unsigned char *)input.p, input.n);
	crypto_auth_hmacsha256_final(&s, mac);
	return (struct str){arena_copy(&arena, mac, sizeof(mac)), sizeof(mac)};
}

/* The public key of m as text, the way an attacker has it. */
static struct str
pem_of(const struct key_material *m)
{
	struct buf b, text;

	buf_init_arena(&b, &arena, 4096);
	buf_init_arena(&text, &arena, 4096);
	base64_encode(&b, m->public_der.p, m->public_der.n, 64);
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] != '\r')
			buf_char(&text, b.p[i]);
	}
	return str_print(&arena, "-----BEGIN PUBLIC KEY-----\n%.*s\n-----END PUBLIC KEY-----\n",
			 STR_ARG(buf_view(&text)));
}

static struct str
jwk_of(const struct key_material *m)
{
	struct jws_key key;
	struct buf b;

	buf_init_arena(&b, &arena, JWK_MAX);
	assert_int_equal(jws_key_read(&key, m), OK);
	assert_int_equal(jwk_public(key.pkey, m->alg, m->kid, &b), OK);
	jws_key_release(&key);
	return buf_view(&b);
}

static void
public_keys_as_secrets(void **state)
{
	const struct key_material *keys[] = {&es, &rs, &ed};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct key_material *m = keys[i];
		struct str pem = pem_of(m), secrets[] = {pem,           {pem.p, pem.n - 1},
							 m->public_der, jwk_of(m),
							 S(""),         S("\0"),
							 m->kid};
		struct str header =
			str_print(&arena, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"}",
				  STR_ARG(m->kid));
		struct str input = joined(header, claims_with(NULL, NULL, NULL));

		for (size_t j = 0; j < ARRAY_LEN(secrets); j++)
			expect(with_signature(input, hs256_by(secrets[j], input)), ERR_TOKEN);
		arena_reset(&arena);
	}
}

static void
wrong_keys(void **state)
{
	struct str header = header_with(NULL, NULL, NULL), text = claims_with(NULL, NULL, NULL);
	struct str input = joined(header, text);
	struct str ed_header = str_print(
		&arena, "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"}", STR_ARG(es.kid));
	struct str hs_header = str_print(
		&arena, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"}", STR_ARG(hs.kid));
	struct str hs_input = joined(hs_header, text);

	expect(forged(&stranger, header, text), ERR_TOKEN);
	expect(forged(&ed, header, text), ERR_TOKEN);
	expect(forged(&rs, header, text), ERR_TOKEN);
	expect(forged(&hs, header, text), ERR_TOKEN);
	expect(forged(&ed, ed_header, text), ERR_TOKEN);
	expect(forged(&es, ed_header, text), ERR_TOKEN);
	expect(with_signature(hs_input, hs256_by(S(OLD_SECRET), hs_input)), OK);
	expect(with_signature(hs_input,
			      hs256_by(S("another secret of thirty-two bytes"), hs_input)),
	       ERR_TOKEN);
	/* the signature of another token */
	expect(with_signature(input, signature_by(&es, hs_input)), ERR_TOKEN);
}

/* n, the order of P-256's group. */
#define ORDER                                                                                      \
	"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17" \
	"\x9e\x84\xf3\xb9\xca\xc2"                                                                 \
	"\xfc\x63\x25\x51"
#define ZERO32 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ONE32 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"

static const struct {
	const char *name;
	struct str signature;
} signature_rows[] = {
	{"empty", {"", 0}},
	{"r = s = 0", {ZERO32 ZERO32, 64}},
	{"r = 0", {ZERO32 ONE32, 64}},
	{"s = 0", {ONE32 ZERO32, 64}},
	{"r = s = 1", {ONE32 ONE32, 64}},
	{"r = n", {ORDER ONE32, 64}},
	{"s = n", {ONE32 ORDER, 64}},
	{"r = s = n", {ORDER ORDER, 64}},
	{"one byte", {"\0", 1}},
	{"DER of two zeros", {"\x30\x06\x02\x01\0\x02\x01\0", 8}},
};

static struct str
der_signature(struct str input)
{
	const unsigned char *p = (const unsigned char *)es.private_der.p;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)es.private_der.n);
	EVP_PKEY *key = EVP_PKCS82PKEY(info);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	size_t n = sizeof(der);

	assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &n, (const unsigned char *)input.p, input.n), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	PKCS8_PRIV_KEY_INFO_free(info);
	return (struct str){arena_copy(&arena, der, n), n};
}

static void
signatures(void **state)
{
	struct str input = joined(header_with(NULL, NULL, NULL), claims_with(NULL, NULL, NULL));
	struct str good = signature_by(&es, input);

	for (size_t i = 0; i < ARRAY_LEN(signature_rows); i++) {
		print_message("%s\n", signature_rows[i].name);
		expect(with_signature(input, signature_rows[i].signature), ERR_TOKEN);
	}
	expect(with_signature(input, der_signature(input)), ERR_TOKEN);
	expect(with_signature(input, (struct str){good.p, 63}), ERR_TOKEN);
	expect(with_signature(input, str_from(good, 1)), ERR_TOKEN);
	expect(with_signature(input, str_print(&arena, "%.*s%c", STR_ARG(good), 'x')), ERR_TOKEN);
	expect(str_print(&arena, "%.*s", STR_ARG(input)), ERR_TOKEN);
	expect(str_print(&arena, "%.*s.", STR_ARG(input)), ERR_TOKEN);
	expect(with_signature(input, good), OK);
}

/* %h, %c, %s: the parts of a good token. */
static const struct {
	const char *name, *form;
	enum err want;
} shape_rows[] = {
	{"as it should be", "%h.%c.%s", OK},
	{"nothing", "", ERR_TOKEN},
	{"one dot", ".", ERR_TOKEN},
	{"two dots", "..", ERR_TOKEN},
	{"one part", "%h", ERR_TOKEN},
	{"two parts", "%h.%c", ERR_TOKEN},
	{"four parts", "%h.%c.%s.%s", ERR_TOKEN},
	{"five parts", "%h.%c.%s.%c.%s", ERR_TOKEN},
	{"dot before", ".%h.%c.%s", ERR_TOKEN},
	{"dot behind", "%h.%c.%s.", ERR_TOKEN},
	{"dot between", "%h..%c.%s", ERR_TOKEN},
	{"no header", ".%c.%s", ERR_TOKEN},
	{"no claims", "%h..%s", ERR_TOKEN},
	{"parts the other way round", "%s.%c.%h", ERR_TOKEN},
	{"padded header", "%h=.%c.%s", ERR_TOKEN},
	{"padded signature", "%h.%c.%s==", ERR_TOKEN},
	{"space before", " %h.%c.%s", ERR_TOKEN},
	{"space behind", "%h.%c.%s ", ERR_TOKEN},
	{"line end behind", "%h.%c.%s\n", ERR_TOKEN},
	{"line end between", "%h.\n%c.%s", ERR_TOKEN},
	{"Bearer before", "Bearer %h.%c.%s", ERR_TOKEN},
	{"flattened JSON", "{\"payload\":\"%c\",\"protected\":\"%h\",\"signature\":\"%s\"}",
	 ERR_TOKEN},
	{"general JSON",
	 "{\"payload\":\"%c\",\"signatures\":[{\"protected\":\"%h\",\"signature\":\"%s\"}]}",
	 ERR_TOKEN},
};

static struct str
shaped(const char *form, struct str token)
{
	struct str rest = token, header, text, signature;
	struct buf b;

	assert_true(str_cut(&rest, '.', &header) && str_cut(&rest, '.', &text) &&
		    str_cut(&rest, '.', &signature));
	buf_init_arena(&b, &arena, 8192);
	for (; *form; form++) {
		if (*form != '%') {
			buf_char(&b, *form);
			continue;
		}
		form++;
		buf_str(&b, *form == 'h' ? header : *form == 'c' ? text : signature);
	}
	return buf_view(&b);
}

static void
shapes(void **state)
{
	struct str token = signed_token();

	for (size_t i = 0; i < ARRAY_LEN(shape_rows); i++) {
		print_message("%s\n", shape_rows[i].name);
		expect(shaped(shape_rows[i].form, token), shape_rows[i].want);
	}
	expect(STR_NONE, ERR_TOKEN);
}

static void
cut_and_changed(void **state)
{
	struct str token = signed_token();
	struct token_of c;

	for (size_t n = 0; n < token.n; n++)
		assert_int_equal(jwt_verify(&cx, (struct str){token.p, n}, NOW, &c), ERR_TOKEN);
	for (size_t i = 0; i < token.n; i++) {
		char *changed = arena_copy(&arena, token.p, token.n);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(jwt_verify(&cx, (struct str){changed, token.n}, NOW, &c),
				 ERR_TOKEN);
	}
	assert_int_equal(jwt_verify(&cx, token, NOW, &c), OK);
}

static void
too_long(void **state)
{
	char *filler = arena_alloc(&arena, 3000);
	struct str text;

	memset(filler, 'x', 2999);
	filler[0] = filler[2998] = '"';
	text = claims_with("foo", filler, NULL);
	expect(forged(&es, header_with(NULL, NULL, NULL), text), ERR_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RING(headers),    WITH_RING(claims),
		WITH_RING(odd_texts),  WITH_RING(public_keys_as_secrets),
		WITH_RING(wrong_keys), WITH_RING(signatures),
		WITH_RING(shapes),     WITH_RING(cut_and_changed),
		WITH_RING(too_long),
	};
	int failed;

	jwt_fixture_open();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	jwt_fixture_close();
	return failed;
}
