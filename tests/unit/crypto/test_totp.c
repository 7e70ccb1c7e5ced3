/* Codes of authenticators: the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B, SHA-1,
 * the last six of its eight digits), and which steps a typed code may be of. */
#include "../unit.h"

#include "crypto/totp.h"

static const struct secret seed = {"12345678901234567890", 20};

static void
rfc4226(void **state)
{
	static const char *const rows[] = {"755224", "287082", "359152", "969429", "338314",
					   "254676", "287922", "162583", "399871", "520489"};
	char code[CODE_DIGITS + 1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(totp_code(seed, (int64_t)i, code), OK);
		assert_string_equal(code, rows[i]);
	}
	assert_int_equal(totp_code(seed, -1, code), ERR_INTERNAL);
}

static void
rfc6238(void **state)
{
	static const struct {
		int64_t seconds;
		const char *code;
	} rows[] = {
		{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	};
	char code[CODE_DIGITS + 1];
	int64_t step;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t now = rows[i].seconds * SECOND;

		assert_int_equal(totp_code(seed, now / TOTP_STEP, code), OK);
		assert_string_equal(code, rows[i].code);
		assert_int_equal(totp_match(seed, str_of(rows[i].code), now, 0, &step), OK);
		assert_int_equal(step, now / TOTP_STEP);
	}
}

static void
steps(void **state)
{
	const int64_t middle = 1000000, now = middle * TOTP_STEP + 17 * SECOND;
	static const struct {
		int64_t of, after;
		bool good;
	} rows[] = {
		{-2, -9, false}, {-1, -9, true},  {0, -9, true}, {1, -9, true}, {2, -9, false},
		{-1, -2, true},  {-1, -1, false}, {0, -1, true}, {0, 0, false}, {1, 1, false},
	};
	char code[CODE_DIGITS + 1];
	int64_t step;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t after = middle + rows[i].after;
		enum err want = rows[i].good ? OK : ERR_INVALID_CODE;

		assert_int_equal(totp_code(seed, middle + rows[i].of, code), OK);
		assert_int_equal(totp_match(seed, str_of(code), now, after, &step), want);
		if (rows[i].good)
			assert_int_equal(step, middle + rows[i].of);
	}
}

static void
shapes(void **state)
{
	static const struct {
		struct str typed;
		bool good;
	} rows[] = {
		{S("287082"), true},    {S("287 082"), true},  {S(" 287082 "), true},
		{S("28708"), false},    {S("2870822"), false}, {S(""), false},
		{S("287\0002"), false}, {S("28708a"), false},  {S("-87082"), false},
	};
	int64_t step;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(totp_match(seed, rows[i].typed, 59 * SECOND, 0, &step),
				 rows[i].good ? OK : ERR_INVALID_CODE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4226),
		cmocka_unit_test(rfc6238),
		cmocka_unit_test(steps),
		cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
