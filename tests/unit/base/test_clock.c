/* Dates: RFC 3339, RFC 5322, RFC 9110. */
#include "row.h"

#include "base/clock.h"

static void
formats(void **state)
{
	static const struct {
		int64_t us;
		const char *want, *http;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{-1, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{784111777 * SECOND, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"},
		{951782400 * SECOND, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
		{951868799 * SECOND + 999999, "2000-02-29T23:59:59Z",
		 "Tue, 29 Feb 2000 23:59:59 GMT"},
		{951868800 * SECOND, "2000-03-01T00:00:00Z", "Wed, 01 Mar 2000 00:00:00 GMT"},
		{1795168800 * SECOND, "2026-11-20T10:00:00Z", "Fri, 20 Nov 2026 10:00:00 GMT"},
		{4107542400 * SECOND, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"},
		{253402300799 * SECOND, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
		{INT64_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[RFC3339_ROOM], http[HTTP_DATE_ROOM];

		time_format(text, rows[i].us);
		assert_string_equal(text, rows[i].want);
		time_http(http, rows[i].us);
		assert_string_equal(http, rows[i].http);
	}
}

static void
mail(void **state)
{
	struct arena a;

	arena_init(&a, 1000);
	assert_str(time_mail(&a, 1795168800 * SECOND), S("Fri, 20 Nov 2026 10:00:00 +0000"));
	arena_release(&a);
}

static void
every_day_round(void **state)
{
	for (int64_t day = 0; day < 60000; day += 7) {
		int64_t us = day * DAY + day % 86400 * SECOND, back;
		char text[RFC3339_ROOM];

		time_format(text, us);
		assert_true(time_parse(str_of(text), &back));
		assert_true(back == us);
	}
}

static void
parses(void **state)
{
	static const struct {
		const char *input;
		bool ok;
		int64_t want;
	} rows[] = {
		{"1970-01-01T00:00:00Z", true, 0},
		{"1970-01-01t00:00:01z", true, SECOND},
		{"2026-11-20T10:00:00Z", true, 1795168800 * SECOND},
		{"2026-11-20T12:00:00+02:00", true, 1795168800 * SECOND},
		{"2026-11-20T04:30:00-05:30", true, 1795168800 * SECOND},
		{"2026-11-20T10:00:00-00:00", true, 1795168800 * SECOND},
		{"1970-01-01T00:00:00.5Z", true, 500000},
		{"1970-01-01T00:00:00.123456789Z", true, 123456},
		{"1969-12-31T23:59:59Z", true, -SECOND},
		{"2000-02-29T00:00:00Z", true, 951782400 * SECOND},
		{"1900-02-29T00:00:00Z", false, 0},
		{"2023-02-29T00:00:00Z", false, 0},
		{"2023-04-31T00:00:00Z", false, 0},
		{"2023-00-01T00:00:00Z", false, 0},
		{"2023-13-01T00:00:00Z", false, 0},
		{"2023-01-00T00:00:00Z", false, 0},
		{"2023-01-01T24:00:00Z", false, 0},
		{"2023-01-01T00:60:00Z", false, 0},
		{"2016-12-31T23:59:60Z", false, 0},
		{"2023-01-01T00:00:00", false, 0},
		{"2023-01-01T00:00:00.Z", false, 0},
		{"2023-01-01T00:00:00+24:00", false, 0},
		{"2023-01-01T00:00:00+0200", false, 0},
		{"2023-01-01T00:00:00ZZ", false, 0},
		{"2023-01-01 00:00:00Z", false, 0},
		{"2023-1-1T00:00:00Z", false, 0},
		{"+023-01-01T00:00:00Z", false, 0},
		{"2023-01-01", false, 0},
		{"", false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t us = 42;

		if (time_parse(str_of(rows[i].input), &us) != rows[i].ok ||
		    us != (rows[i].ok ? rows[i].want : 42))
			fail_row("%s gave %" PRId64, rows[i].input, us);
	}
	assert_false(time_parse(STR_NONE, &(int64_t){0}));
}

static int64_t
noon(void)
{
	return 12 * HOUR;
}

static void
injection(void **state)
{
	clock_inject(noon);
	assert_true(clock_now() == 12 * HOUR);
	assert_true(clock_mono() == 12 * HOUR);
	clock_inject(NULL);
	assert_true(clock_now() > INT64_C(1600000000) * SECOND);
	assert_true(clock_mono() <= clock_mono());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),         cmocka_unit_test(mail),
		cmocka_unit_test(every_day_round), cmocka_unit_test(parses),
		cmocka_unit_test(injection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
