/* Tokens that were found good: the same bytes under the same keys, and nothing else. */
#include "../unit.h"

#include "crypto/verified.h"

#define TEXT "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
#define MANY (4 * VERIFIED_TOKENS)

static const struct verified_token good = {.token = {.iat = 1, .exp = 2}, .key_until = 3};

static void
test_found(void **state)
{
	struct verified *v = verified_new();
	struct verified_token got;

	assert_false(verified_find(v, S(TEXT), 7, &got));
	verified_keep(v, S(TEXT), 7, &good);
	assert_true(verified_find(v, S(TEXT), 7, &got));
	assert_memory_equal(&got, &good, sizeof(got));
	verified_free(v);
}

static void
test_other_bytes(void **state)
{
	struct verified *v = verified_new();
	struct verified_token got;
	char text[] = TEXT;
	struct str s = str_of(text);

	verified_keep(v, s, 7, &good);
	for (size_t i = 0; i < s.n * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		assert_false(verified_find(v, s, 7, &got));
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < s.n; n++)
		assert_false(verified_find(v, (struct str){text, n}, 7, &got));
	assert_true(verified_find(v, s, 7, &got));
	verified_free(v);
}

static void
test_other_keys(void **state)
{
	struct verified *v = verified_new();
	struct verified_token got;

	verified_keep(v, S(TEXT), 7, &good);
	assert_false(verified_find(v, S(TEXT), 8, &got));
	assert_false(verified_find(v, S(TEXT), 6, &got));
	verified_keep(v, S(TEXT), 8, &good);
	assert_true(verified_find(v, S(TEXT), 8, &got));
	assert_false(verified_find(v, S(TEXT), 7, &got));
	verified_free(v);
}

static struct str
nth(char room[static 32], int i)
{
	snprintf(room, 32, "token %d", i);
	return str_of(room);
}

/* Each finds its own; however many come, no more than the bound stay. */
static void
test_bound(void **state)
{
	struct verified *v = verified_new();
	struct verified_token got;
	char room[32];
	int there = 0;

	for (int i = 0; i < MANY; i++) {
		struct verified_token t = good;

		t.token.exp = i;
		verified_keep(v, nth(room, i), 7, &t);
	}
	for (int i = 0; i < MANY; i++) {
		if (!verified_find(v, nth(room, i), 7, &got))
			continue;
		assert_int_equal(got.token.exp, i);
		there++;
	}
	assert_in_range(there, VERIFIED_TOKENS / 2, VERIFIED_TOKENS);
	verified_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_other_bytes),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
