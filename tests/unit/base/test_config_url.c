/* Shapes of addresses. */
#include "row.h"

#include "base/config_url.h"

struct row {
	struct str input;
	bool want;
};

static void
check(bool (*shape)(struct str s), const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (shape(rows[i].input) != rows[i].want)
			fail_row("\"%.*s\"", STR_ARG(rows[i].input));
}

static void
listening(void **state)
{
	static const struct row rows[] = {
		{S("127.0.0.1:8080"), true},
		{S("localhost:0"), true},
		{S("[::1]:65535"), true},
		{S("unix:/run/a.sock"), true},
		{S("unix:/"), false},
		{S("unix:a"), false},
		{S("127.0.0.1"), false},
		{S(":8080"), false},
		{S("a:65536"), false},
		{S("a:-1"), false},
		{S("a:"), false},
		{S("::1:80"), false},
		{S("[::g]:80"), false},
		{S("[::1]"), false},
		{S("a b:80"), false},
		{S("a:8080/"), false},
		{S("http://a:80"), false},
		{S(""), false},
		{STR_NONE, false},
	};

	check(listen_ok, rows, ARRAY_LEN(rows));
}

static void
origins(void **state)
{
	static const struct row rows[] = {
		{S("https://a.example"), true},
		{S("http://localhost:5173"), true},
		{S("http://[::1]:80"), true},
		{S("capacitor://localhost"), true},
		{S("https://a.example/"), false},
		{S("https://A.example"), false},
		{S("https://u@a.example"), false},
		{S("a.example"), false},
		{S("https://"), false},
		{S("https://a:99999"), false},
		{S("https://a?b"), false},
		{S("*"), false},
		{S("null"), false},
		{S("://a"), false},
	};

	check(origin_ok, rows, ARRAY_LEN(rows));
}

static bool
web(struct str s)
{
	return url_ok(s, "http https");
}

static void
urls(void **state)
{
	static const struct row rows[] = {
		{S("http://a"), true},
		{S("https://a.example:8443/x?y=%20#z"), true},
		{S("https://u:p@a/x"), true},
		{S("http://[2001:db8::1]/"), true},
		{S("ftp://a"), false},
		{S("HTTP://a"), false},
		{S("http:/a"), false},
		{S("http://"), false},
		{S("http:///x"), false},
		{S("http://a b"), false},
		{S("http://a\n"), false},
		{S("http://a/<x>"), false},
		{S("http://a/\xC3\xA4"), false},
		{S("http://a:b"), false},
		{S(""), false},
		{STR_NONE, false},
	};

	check(web, rows, ARRAY_LEN(rows));
	assert_true(url_has_query(S("http://a/?x")));
	assert_false(url_has_query(S("http://a/x")));
	assert_true(url_has_user(S("http://u@a/x")));
	assert_false(url_has_user(S("http://a/u@x")));
}

static void
senders(void **state)
{
	static const struct row rows[] = {
		{S("a@b"), true},
		{S("Aldgate <no-reply@localhost>"), true},
		{S("J\xC3\xBCrgen <j.d+x@a-b.example>"), true},
		{S("<a@b>"), true},
		{S("Aldgate <a@b"), false},
		{S("Aldgate <a@b> x"), false},
		{S("Aldgate <>"), false},
		{S("Aldgate <a>"), false},
		{S("A\r\nBcc: x <a@b>"), false},
		{S("a b@c"), false},
		{S("a@b@c"), false},
		{S("@b"), false},
		{S("a@"), false},
		{S("<"), false},
		{S(""), false},
		{STR_NONE, false},
	};

	check(sender_ok, rows, ARRAY_LEN(rows));
}

static void
guarded(void **state)
{
	static const struct row rows[] = {
		{S("https://kyc.example/in?key=1"), true},
		{S("https://10.0.0.7:8443"), true},
		{S("http://127.0.0.1:9000/in"), true},
		{S("http://127.8.9.1/"), true},
		{S("http://[::1]:9000/"), true},
		{S("http://[::ffff:127.0.0.1]/"), true},
		{S("http://LOCALHOST/"), true},
		{S("http://kyc.example/"), false},
		{S("http://127.1/"), false},
		{S("http://2130706433/"), false},
		{S("http://0.0.0.0/"), false},
		{S("http://localhost.example/"), false},
		{S("http://kyc.example?@127.0.0.1/"), false},
		{S("http://127.0.0.1@kyc.example/"), false},
		{S("https://u:p@kyc.example/"), false},
		{S("https://kyc.example/#a"), false},
		{S("ftp://127.0.0.1/"), false},
		{S(""), false},
		{STR_NONE, false},
	};

	check(url_is_guarded, rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listening), cmocka_unit_test(origins), cmocka_unit_test(urls),
		cmocka_unit_test(senders),   cmocka_unit_test(guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
