/* Which key signs, which ones verify, what is published, and that a ring is replaced as a whole. */
#include "../unit.h"

#include "base/json_read.h"
#include "crypto/keyring_use.h"

static struct arena keys_arena;
static struct key_material es_a, es_b, ed, rs, hs;

static void
make_keys(void)
{
	struct ctx maker = {.arena = &keys_arena};
	struct secret secret = secret_of(S("0123456789abcdef0123456789abcdef"));

	if (key_generate(&maker, ALG_ES256, &es_a) != OK ||
	    key_generate(&maker, ALG_ES256, &es_b) != OK ||
	    key_generate(&maker, ALG_EDDSA, &ed) != OK ||
	    key_generate(&maker, ALG_RS256, &rs) != OK ||
	    key_from_secret(&maker, secret, &hs) != OK)
		die("no keys");
}

struct choice_row {
	const char *name;
	int64_t a_from, a_until, b_from, b_until, now;
	bool a_private, b_private;
	char want; /* a, b, or - */
};

static const struct choice_row choices[] = {
	{"only the first is due", 10, 0, 100, 0, 50, true, true, 'a'},
	{"both are due: the newest", 10, 0, 100, 0, 100, true, true, 'b'},
	{"the newest has no private part", 10, 0, 100, 0, 100, true, false, 'a'},
	{"the newest is over", 10, 0, 100, 120, 121, true, true, 'a'},
	{"at its last moment", 10, 0, 100, 120, 120, true, true, 'b'},
	{"none is due: the first to be", 10, 0, 100, 0, 5, true, true, 'a'},
	{"none is due, the other way", 100, 0, 10, 0, 5, true, true, 'b'},
	{"both are over", 10, 20, 10, 20, 30, true, true, '-'},
	{"none can sign", 10, 0, 10, 0, 30, false, false, '-'},
};

static void
signer(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		const struct choice_row *row = &choices[i];
		struct key_material keys[] = {es_a, es_b, ed};
		struct keyring *r = keyring_new();
		const struct ring_key *key;
		struct ring *ring;

		print_message("%s\n", row->name);
		keys[0].signs_from = row->a_from;
		keys[0].verifies_until = row->a_until;
		keys[1].signs_from = row->b_from;
		keys[1].verifies_until = row->b_until;
		if (!row->a_private)
			keys[0].private_der = SECRET_NONE;
		if (!row->b_private)
			keys[1].private_der = SECRET_NONE;
		assert_int_equal(keyring_set(r, keys, ARRAY_LEN(keys), ALG_ES256), OK);
		ring = keyring_hold(r);
		key = ring_signer(ring, row->now);
		assert_int_equal(key == NULL, row->want == '-');
		if (key)
			assert_str(str_of(key->kid), row->want == 'a' ? es_a.kid : es_b.kid);
		ring_drop(&ring);
		keyring_free(r);
	}
}

static void
empty_ring(void **state)
{
	struct keyring *r = keyring_new();
	struct buf text CLEANUP_BUF;

	buf_init(&text, 4096);
	keyring_jwks(r, 0, &text);
	assert_str(buf_view(&text), S("{\"keys\":[]}"));
	assert_false(keyring_has(r, es_a.kid));
	assert_null(ring_signer(keyring_hold(r), 0));
	assert_int_equal(keyring_set(r, NULL, 0, ALG_ES256), OK);
	buf_clear(&text);
	keyring_jwks(r, 0, &text);
	assert_str(buf_view(&text), S("{\"keys\":[]}"));
	keyring_free(r);
}

/* The members that a public JWK may have, and no others: d, p, q, k would be private. */
static void
assert_public(const struct json *jwk)
{
	static const char *const allowed[] = {"kty", "crv", "x",   "y",  "n",
					      "e",   "use", "alg", "kid"};
	const struct json *member;
	void *walk = NULL;
	struct str name;

	while (json_next(jwk, &walk, &name, &member)) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
			known = known || str_eq(name, str_of(allowed[i]));
		assert_true(known);
	}
	assert_str(json_string(json_member(jwk, "use")), S("sig"));
}

struct jwk_row {
	const char *alg, *kty, *crv;
	size_t members;
};

static void
published(void **state)
{
	static const struct jwk_row rows[] = {{"ES256", "EC", "P-256", 7},
					      {"EdDSA", "OKP", "Ed25519", 6},
					      {"RS256", "RSA", NULL, 6}};
	struct key_material keys[] = {es_a, ed, rs, hs, es_b};
	struct keyring *r = keyring_new();
	struct json *set CLEANUP_JSON = NULL;
	struct buf text CLEANUP_BUF;
	const struct json *list;

	keys[4].verifies_until = 100; /* over at 101 */
	buf_init(&text, 8192);
	assert_int_equal(keyring_set(r, keys, ARRAY_LEN(keys), ALG_ES256), OK);
	keyring_jwks(r, 101, &text);
	assert_int_equal(json_parse_object(NULL, buf_view(&text), &set), OK);
	list = json_member(set, "keys");
	assert_int_equal(json_count(list), ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct json *jwk = json_element(list, i);

		assert_public(jwk);
		assert_int_equal(json_count(jwk), rows[i].members);
		assert_str(json_string(json_member(jwk, "kid")), keys[i].kid);
		assert_str(json_string(json_member(jwk, "alg")), str_of(rows[i].alg));
		assert_str(json_string(json_member(jwk, "kty")), str_of(rows[i].kty));
		assert_str(json_string(json_member(jwk, "crv")), str_of(rows[i].crv));
	}
	assert_true(str_has(buf_view(&text), S("\"x\":\"")));
	assert_false(str_has(buf_view(&text), hs.kid));
	assert_false(str_has(buf_view(&text), es_b.kid));
	buf_clear(&text);
	keyring_jwks(r, 100, &text);
	assert_true(str_has(buf_view(&text), es_b.kid));
	keyring_free(r);
}

static void
a_bad_key_changes_nothing(void **state)
{
	struct key_material good[] = {es_a}, bad[] = {es_b, es_a};
	struct keyring *r = keyring_new();

	assert_int_equal(keyring_set(r, good, 1, ALG_ES256), OK);
	bad[1].public_der = S("nonsense");
	assert_int_equal(keyring_set(r, bad, 2, ALG_ES256), ERR_INTERNAL);
	assert_true(keyring_has(r, es_a.kid));
	assert_false(keyring_has(r, es_b.kid));
	bad[1] = es_a;
	bad[1].kid = S("");
	assert_int_equal(keyring_set(r, bad, 2, ALG_ES256), ERR_INTERNAL);
	bad[1].kid = S("012345678901234567890123456789012345678901234");
	assert_int_equal(keyring_set(r, bad, 2, ALG_ES256), ERR_INTERNAL);
	keyring_free(r);
}

static void
replaced_as_a_whole(void **state)
{
	struct key_material first[] = {es_a}, second[] = {es_b};
	struct keyring *r = keyring_new();
	struct ring *held;
	uint64_t generation;

	assert_int_equal(keyring_set(r, first, 1, ALG_ES256), OK);
	generation = keyring_generation(r);
	assert_int_equal(keyring_set(r, first, 1, ALG_ES256), OK);
	assert_int_equal(keyring_generation(r), generation); /* nothing changed */
	held = keyring_hold(r);
	assert_int_equal(keyring_set(r, second, 1, ALG_ES256), OK);
	assert_int_not_equal(keyring_generation(r), generation);
	assert_true(keyring_has(r, es_b.kid));
	assert_false(keyring_has(r, es_a.kid));
	assert_non_null(ring_find(held, es_a.kid, 0));
	assert_int_equal(ring_generation(held), generation);
	ring_drop(&held);
	second[0].verifies_until = 5;
	generation = keyring_generation(r);
	assert_int_equal(keyring_set(r, second, 1, ALG_ES256), OK);
	assert_int_not_equal(keyring_generation(r), generation);
	keyring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signer),
		cmocka_unit_test(empty_ring),
		cmocka_unit_test(published),
		cmocka_unit_test(a_bad_key_changes_nothing),
		cmocka_unit_test(replaced_as_a_whole),
	};
	int failed;

	arena_init(&keys_arena, 1 << 20);
	make_keys();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&keys_arena);
	return failed;
}
