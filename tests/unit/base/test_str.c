/* Text by pointer and length. */
#include "../unit.h"

#include <limits.h>

static void
equal(void **state)
{
	static const struct {
		struct str a, b;
		bool same, same_nocase;
	} rows[] = {
		{S(""), S(""), true, true},
		{S("abc"), S("abc"), true, true},
		{S("abc"), S("ABC"), false, true},
		{S("abc"), S("abcd"), false, false},
		{S("a\0b"), S("a\0b"), true, true},
		{S("a\0b"), S("a\0c"), false, false},
		{S("\xC3\xA4"), S("\xC3\x84"), false, false},
		{S("[k"), S("{k"), false, false},
		{STR_NONE, STR_NONE, true, true},
		{STR_NONE, S(""), false, false},
		{S(""), STR_NONE, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(str_eq(rows[i].a, rows[i].b), rows[i].same);
		assert_int_equal(str_eq_nocase(rows[i].a, rows[i].b), rows[i].same_nocase);
	}
}

static void
ends(void **state)
{
	assert_true(str_starts(S("abc"), S("ab")));
	assert_true(str_starts(S("abc"), S("")));
	assert_false(str_starts(S("abc"), S("abcd")));
	assert_false(str_starts(STR_NONE, S("")));
	assert_true(str_ends(S("abc"), S("bc")));
	assert_false(str_ends(S("abc"), S("ab")));
	assert_false(str_ends(S("c"), S("bc")));
}

static void
finding(void **state)
{
	assert_int_equal(str_find(S("abca"), 'a'), 0);
	assert_int_equal(str_find(S("abca"), 'c'), 2);
	assert_int_equal(str_find(S("abca"), 'x'), -1);
	assert_int_equal(str_find(STR_NONE, 'x'), -1);
	assert_true(str_has(S("abcd"), S("bc")));
	assert_true(str_has(S("abcd"), S("")));
	assert_false(str_has(S("abcd"), S("cb")));
	assert_false(str_has(S(""), S("a")));
	assert_false(str_has(STR_NONE, S("")));
}

static void
trimming(void **state)
{
	assert_str(str_trim(S("  a b ")), S("a b"));
	assert_str(str_trim(S("   ")), S(""));
	assert_str(str_trim(S("\ta")), S("\ta"));
	assert_str(str_from(S("abc"), 1), S("bc"));
	assert_str(str_from(S("abc"), 9), S(""));
	assert_str(str_from(STR_NONE, 1), STR_NONE);
}

static void
cutting(void **state)
{
	static const struct {
		struct str input;
		const char *want;
	} rows[] = {
		{S("a,,b"), "<a><><b>"}, {S(""), "<>"},      {S(","), "<><>"},
		{S("abc"), "<abc>"},     {S("a,"), "<a><>"}, {STR_NONE, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char got[32] = "";
		size_t n = 0;
		struct str rest = rows[i].input, piece;

		while (str_cut(&rest, ',', &piece))
			n += (size_t)snprintf(got + n, sizeof(got) - n, "<%.*s>", STR_ARG(piece));
		assert_string_equal(got, rows[i].want);
		assert_true(str_absent(rest));
	}
}

static void
integers(void **state)
{
	static const struct {
		struct str input;
		bool ok;
		int64_t want;
	} rows[] = {
		{S("0"), true, 0},
		{S("-0"), true, 0},
		{S("007"), true, 7},
		{S("-12"), true, -12},
		{S("9223372036854775807"), true, INT64_MAX},
		{S("-9223372036854775808"), true, INT64_MIN},
		{S("9223372036854775808"), false, 0},
		{S("-9223372036854775809"), false, 0},
		{S("99999999999999999999"), false, 0},
		{S(""), false, 0},
		{S("-"), false, 0},
		{S("--1"), false, 0},
		{S("+1"), false, 0},
		{S(" 1"), false, 0},
		{S("1 "), false, 0},
		{S("1\0"), false, 0},
		{S("0x1"), false, 0},
		{STR_NONE, false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 42;

		assert_int_equal(str_int(rows[i].input, &v), rows[i].ok);
		assert_true(v == (rows[i].ok ? rows[i].want : 42));
	}
}

static void
copies(void **state)
{
	struct arena a;

	arena_init(&a, 4096);
	assert_str(str_copy(&a, S("a\0b")), S("a\0b"));
	assert_str(str_copy(&a, S("")), S(""));
	assert_str(str_copy(&a, STR_NONE), STR_NONE);
	assert_str(str_lower(&a, S("ABZ[\xC3\x84")), S("abz[\xC3\x84"));
	assert_str(str_upper(&a, S("abz{")), S("ABZ{"));
	assert_string_equal(str_z(&a, (struct str){"abc", 2}), "ab");
	assert_string_equal(str_z(&a, STR_NONE), "");
	assert_str(str_print(&a, "%d-%s", 7, "x"), S("7-x"));
	assert_str(str_print(&a, "%s", ""), S(""));
	arena_release(&a);
}

static void
secrets(void **state)
{
	struct secret a = secret_of(S("abc"));
	char bytes[4] = "key";

	assert_true(secret_eq(a, secret_of(S("abc"))));
	assert_false(secret_eq(a, secret_of(S("abd"))));
	assert_false(secret_eq(a, secret_of(S("ab"))));
	assert_true(secret_eq(secret_of(S("")), secret_of(S(""))));
	assert_false(secret_eq(SECRET_NONE, SECRET_NONE));
	assert_false(secret_eq(SECRET_NONE, secret_of(S(""))));
	wipe(bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal),    cmocka_unit_test(ends),    cmocka_unit_test(finding),
		cmocka_unit_test(trimming), cmocka_unit_test(cutting), cmocka_unit_test(integers),
		cmocka_unit_test(copies),   cmocka_unit_test(secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
