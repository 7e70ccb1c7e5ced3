/* UTF-8 by RFC 3629. */
#include "row.h"

static void
validity(void **state)
{
	static const struct {
		const char *name;
		struct str input;
		bool want;
	} rows[] = {
		{"empty", S(""), true},
		{"ascii with NUL", S("a\0b"), true},
		{"two bytes", S("\xC3\xA4"), true},
		{"three bytes", S("\xE2\x82\xAC"), true},
		{"four bytes", S("\xF0\x9F\x98\x80"), true},
		{"last code point", S("\xF4\x8F\xBF\xBF"), true},
		{"past the last", S("\xF4\x90\x80\x80"), false},
		{"overlong slash", S("\xC0\xAF"), false},
		{"overlong, 3 bytes", S("\xE0\x9F\xBF"), false},
		{"overlong, 4 bytes", S("\xF0\x8F\xBF\xBF"), false},
		{"high surrogate", S("\xED\xA0\x80"), false},
		{"low surrogate", S("\xED\xBF\xBF"), false},
		{"before surrogates", S("\xED\x9F\xBF"), true},
		{"lone continuation", S("\x80"), false},
		{"cut short", S("\xE2\x82"), false},
		{"cut by ascii", S("\xE2\x82z"), false},
		{"five bytes", S("\xF8\x88\x80\x80\x80"), false},
		{"0xFF", S("\xFF"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (utf8_valid(rows[i].input) != rows[i].want)
			fail_row("%s", rows[i].name);
}

static void
lengths(void **state)
{
	assert_int_equal(utf8_length(S("")), 0);
	assert_int_equal(utf8_length(S("abc")), 3);
	assert_int_equal(utf8_length(S("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 3);
}

static void
controls(void **state)
{
	static const struct {
		struct str input;
		bool want;
	} rows[] = {
		{S("plain \xC3\xA4"), false},
		{S("a\nb"), true},
		{S("\0"), true},
		{S("\x7F"), true},
		{S("\xC2\x85"), true},
		{S("\xC2\xA0"), false},
		{S("\xE2\x80\xA7"), false},
		{S("\xE2\x80\xA8"), true},
		{S("\xE2\x80\xA9"), true},
		{S("\xE2\x80\xAE"), true},
		{S("\xE2\x81\xA6"), true},
		{S("\xE2\x81\xAA"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (utf8_has_control(rows[i].input) != rows[i].want)
			fail_row("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validity),
		cmocka_unit_test(lengths),
		cmocka_unit_test(controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
