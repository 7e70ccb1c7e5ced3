/* Requests and answers as values. */
#include "../unit.h"

#include "api/http.h"

static void
test_header(void **state)
{
	static const struct http_header headers[] = {{S("Host"), S("a")},
						     {S("X-Id"), S("1")},
						     {S("x-ID"), S("2")},
						     {S("X-Empty"), S("")}};
	static const struct {
		const char *name;
		struct str want;
		size_t count;
	} rows[] = {
		{"host", S("a"), 1},   {"HOST", S("a"), 1},   {"x-id", S("1"), 2},
		{"X-Empty", S(""), 1}, {"X-I", {NULL, 0}, 0}, {"", {NULL, 0}, 0},
	};
	const struct http_request rq = {.headers = headers, .header_count = ARRAY_LEN(headers)};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t count;
		struct str got = http_header(&rq, rows[i].name, &count);

		assert_str(got, rows[i].want);
		assert_int_equal(str_absent(got), str_absent(rows[i].want));
		assert_int_equal(count, rows[i].count);
		assert_str(http_header(&rq, rows[i].name, NULL), rows[i].want);
	}
}

static void
test_media_type(void **state)
{
	static const struct {
		struct str value;
		bool want;
	} rows[] = {
		{S("application/json"), true},
		{S("Application/JSON"), true},
		{S("application/json;charset=utf-8"), true},
		{S("application/json ; charset=utf-8"), true},
		{S("application/json2"), false},
		{S("application/jso"), false},
		{S("text/plain;application/json"), false},
		{S("; charset=utf-8"), false},
		{S(""), false},
		{{NULL, 0}, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(http_is_media_type(rows[i].value, S("application/json")),
				 rows[i].want);
}

static void
test_answer(void **state)
{
	struct arena a;
	struct http_answer an;

	arena_init(&a, 1024 * 1024);
	http_answer_init(&an, &a);
	assert_int_equal(an.status, 0);
	assert_true(str_absent(an.content_type));
	http_answer_header(&an, "Allow", S("GET, HEAD"));
	http_answer_header(&an, "X-Bad", S("a\r\nSet-Cookie: b"));
	http_answer_header(&an, "X-Bad", S("a\nb"));
	http_answer_header(&an, "X-Empty", S(""));
	assert_str(buf_view(&an.head), S("Allow: GET, HEAD\r\nX-Empty: \r\n"));
	arena_release(&a);
}

static void
test_method_name(void **state)
{
	assert_str(method_name(METHOD_GET), S("GET"));
	assert_str(method_name(METHOD_OPTIONS), S("OPTIONS"));
	assert_str(method_name(METHOD_OTHER), S("OTHER"));
	assert_str(method_name((enum method)99), S("OTHER"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_media_type),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_method_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
