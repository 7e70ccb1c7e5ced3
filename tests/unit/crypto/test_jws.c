/* Signatures and thumbprints of the RFCs, and keys that must not be taken. */
#include "../unit.h"

#include "key_fixture.h"

#include "crypto/jwk.h"

static struct arena arena;
static struct ctx cx = {.arena = &arena};

enum kind { KIND_OCT, KIND_EC, KIND_RSA, KIND_OKP };

struct vector {
	const char *name;
	enum kind kind;
	const char *a, *b; /* members of the key */
	const char *input, *signature;
};

static const struct vector vectors[] = {
#define OCT(name, k, input, signature) {name, KIND_OCT, k, NULL, input, signature},
#define EC(name, x, y, input, signature) {name, KIND_EC, x, y, input, signature},
#define RSA(name, n, e, input, signature) {name, KIND_RSA, n, e, input, signature},
#define OKP(name, x, input, signature) {name, KIND_OKP, x, NULL, input, signature},
#define THUMBPRINT_RSA(name, n, e, kid)
#define THUMBPRINT_OKP(name, x, kid)
#include "../../vectors/jose.def"
#undef OCT
#undef EC
#undef RSA
#undef OKP
#undef THUMBPRINT_RSA
#undef THUMBPRINT_OKP
};

struct thumbprint {
	const char *name;
	enum kind kind;
	const char *a, *b;
	const char *want;
};

static const struct thumbprint thumbprints[] = {
#define OCT(name, k, input, signature)
#define EC(name, x, y, input, signature)
#define RSA(name, n, e, input, signature)
#define OKP(name, x, input, signature)
#define THUMBPRINT_RSA(name, n, e, kid) {name, KIND_RSA, n, e, kid},
#define THUMBPRINT_OKP(name, x, kid) {name, KIND_OKP, x, NULL, kid},
#include "../../vectors/jose.def"
};

static EVP_PKEY *
public_key(enum kind kind, const char *a, const char *b)
{
	switch (kind) {
	case KIND_EC:
		return ec_public(&arena, a, b);
	case KIND_RSA:
		return rsa_public(&arena, a, b);
	case KIND_OKP:
		return okp_public(&arena, a);
	case KIND_OCT:
		break;
	}
	return NULL;
}

static struct key_material
material_of(const struct vector *v)
{
	static const enum alg algs[] = {[KIND_OCT] = ALG_HS256,
					[KIND_EC] = ALG_ES256,
					[KIND_RSA] = ALG_RS256,
					[KIND_OKP] = ALG_EDDSA};
	struct key_material m = {.kid = S("k"), .alg = algs[v->kind]};
	EVP_PKEY *key;

	if (v->kind == KIND_OCT) {
		m.private_der = secret_of(from_base64url(&arena, v->a));
		return m;
	}
	key = public_key(v->kind, v->a, v->b);
	m.public_der = public_der(&arena, key);
	EVP_PKEY_free(key);
	return m;
}

static void
published_signatures(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct key_material m = material_of(v);
		struct str input = str_of(v->input),
			   signature = from_base64url(&arena, v->signature);
		char *changed = arena_copy(&arena, signature.p, signature.n);
		struct jws_key key;

		print_message("%s\n", v->name);
		assert_int_equal(jws_key_read(&key, &m), OK);
		assert_true(jws_verify(&key, input, signature));
		assert_false(jws_verify(&key, str_from(input, 1), signature));
		assert_false(jws_verify(&key, input, str_from(signature, 1)));
		assert_false(jws_verify(&key, input, S("")));
		changed[signature.n / 2] = (char)(changed[signature.n / 2] ^ 1);
		assert_false(jws_verify(&key, input, (struct str){changed, signature.n}));
		jws_key_release(&key);
		arena_reset(&arena);
	}
}

static void
published_thumbprints(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(thumbprints); i++) {
		const struct thumbprint *t = &thumbprints[i];
		EVP_PKEY *key = public_key(t->kind, t->a, t->b);
		char kid[KID_ROOM];

		print_message("%s\n", t->name);
		assert_int_equal(jwk_thumbprint(key, kid), OK);
		assert_string_equal(kid, t->want);
		EVP_PKEY_free(key);
		arena_reset(&arena);
	}
}

static void
make(enum alg alg, struct key_material *m)
{
	struct secret secret = secret_of(S("0123456789abcdef0123456789abcdef"));

	if (alg == ALG_HS256)
		assert_int_equal(key_from_secret(&cx, secret, m), OK);
	else
		assert_int_equal(key_generate(&cx, alg, m), OK);
}

struct round_row {
	const char *name;
	enum alg alg;
	size_t signature; /* bytes */
	size_t kid;
};

static const struct round_row round_rows[] = {
	{"ES256", ALG_ES256, 64, 43},
	{"EdDSA", ALG_EDDSA, 64, 43},
	{"RS256", ALG_RS256, 384, 43},
	{"HS256", ALG_HS256, 32, 22},
};

static void
made_keys_sign(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(round_rows); i++) {
		const struct round_row *row = &round_rows[i];
		uint8_t signature[JWS_SIGNATURE_MAX];
		struct key_material m;
		struct jws_key key;
		enum alg parsed;
		size_t n;

		print_message("%s\n", row->name);
		assert_str(alg_name(row->alg), str_of(row->name));
		assert_true(alg_parse(str_of(row->name), &parsed));
		assert_int_equal(parsed, row->alg);
		make(row->alg, &m);
		assert_int_equal(m.kid.n, row->kid);
		assert_int_equal(jws_key_read(&key, &m), OK);
		assert_int_equal(jws_sign(&key, S("a.b"), signature, &n), OK);
		assert_int_equal(n, row->signature);
		assert_true(jws_verify(&key, S("a.b"), (struct str){(const char *)signature, n}));
		assert_false(jws_verify(&key, S("a.c"), (struct str){(const char *)signature, n}));
		jws_key_release(&key);
		arena_reset(&arena);
	}
	assert_false(alg_parse(S("none"), &(enum alg){ALG_ES256}));
	assert_false(alg_parse(S("es256"), &(enum alg){ALG_ES256}));
	assert_false(alg_parse(S(""), &(enum alg){ALG_ES256}));
}

static void
public_keys_do_not_sign(void **state)
{
	uint8_t signature[JWS_SIGNATURE_MAX];
	struct key_material m;
	struct jws_key key;
	size_t n;

	make(ALG_ES256, &m);
	m.private_der = SECRET_NONE;
	assert_int_equal(jws_key_read(&key, &m), OK);
	assert_int_equal(jws_sign(&key, S("a.b"), signature, &n), ERR_INTERNAL);
	jws_key_release(&key);
	arena_reset(&arena);
}

static struct str
generated_public(const char *type, const char *group, size_t bits)
{
	EVP_PKEY *key = group ? EVP_PKEY_Q_keygen(NULL, NULL, type, group)
			      : EVP_PKEY_Q_keygen(NULL, NULL, type, bits);
	struct str der;

	assert_non_null(key);
	der = public_der(&arena, key);
	EVP_PKEY_free(key);
	return der;
}

static void
poor_keys(void **state)
{
	struct key_material es, other, ed;
	struct jws_key key;

	make(ALG_ES256, &es);
	make(ALG_ES256, &other);
	make(ALG_EDDSA, &ed);
	const struct {
		const char *name;
		struct key_material m;
	} rows[] = {
		{"nothing", {.alg = ALG_ES256}},
		{"private only", {.alg = ALG_ES256, .private_der = es.private_der}},
		{"not DER", {.alg = ALG_ES256, .public_der = S("-----BEGIN PUBLIC KEY-----")}},
		{"one byte more",
		 {.alg = ALG_ES256, .public_der = {es.public_der.p, es.public_der.n - 1}}},
		{"of another kind", {.alg = ALG_ES256, .public_der = ed.public_der}},
		{"of another kind, the other way", {.alg = ALG_EDDSA, .public_der = es.public_der}},
		{"EC as RSA", {.alg = ALG_RS256, .public_der = es.public_der}},
		{"another pair's private part",
		 {.alg = ALG_ES256, .public_der = es.public_der, .private_der = other.private_der}},
		{"another kind's private part",
		 {.alg = ALG_ES256, .public_der = es.public_der, .private_der = ed.private_der}},
		{"another curve",
		 {.alg = ALG_ES256, .public_der = generated_public("EC", "P-384", 0)}},
		{"secp256k1",
		 {.alg = ALG_ES256, .public_der = generated_public("EC", "secp256k1", 0)}},
		{"RSA of 1024 bits",
		 {.alg = ALG_RS256, .public_der = generated_public("RSA", NULL, 1024)}},
		{"short secret",
		 {.alg = ALG_HS256,
		  .private_der = secret_of(S("0123456789abcdef0123456789abcde"))}},
		{"no secret", {.alg = ALG_HS256}},
		{"public key as secret", {.alg = ALG_HS256, .public_der = es.public_der}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(jws_key_read(&key, &rows[i].m), ERR_INTERNAL);
	}
	arena_reset(&arena);
}

static void
short_secret_is_refused(void **state)
{
	struct key_material m;

	assert_int_equal(key_from_secret(&cx, secret_of(S("short")), &m), ERR_INTERNAL);
	assert_int_equal(key_from_secret(&cx, SECRET_NONE, &m), ERR_INTERNAL);
	assert_int_equal(key_generate(&cx, ALG_HS256, &m), ERR_INTERNAL);
	fault_clear(&cx);
	arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures),
		cmocka_unit_test(published_thumbprints),
		cmocka_unit_test(made_keys_sign),
		cmocka_unit_test(public_keys_do_not_sign),
		cmocka_unit_test(poor_keys),
		cmocka_unit_test(short_secret_is_refused),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
