/* JSON in: what is taken, what is refused and in which words. */
#include "row.h"

#include "base/buf.h"
#include "base/json_read.h"

static void
refused(void **state)
{
	static const struct {
		struct str input;
		const char *detail; /* part of it */
	} rows[] = {
		{S(""), "too early"},
		{S("{"), "too early"},
		{S("{\"secretword\":"), "too early"},
		{S("{\"secretword\":1,}"), "not valid JSON near byte 17"},
		{S("{'secretword':1}"), "not valid JSON"},
		{S("{\"secretword\":1,\"secretword\":2}"), "duplicate member"},
		{S("{\"secretword\":1,\"secr\\u0065tword\":2}"), "duplicate member"},
		{S("{\"a\":{\"b\":1,\"b\":1}}"), "duplicate member"},
		{S("1 2"), "more than one value"},
		{S("{}secretword"), "more than one value"},
		{S("{}\0"), "more than one value"},
		{S("\xEF\xBB\xBF{}"), "not valid JSON"},
		{S("9223372036854775808"), "out of range"},
		{S("-9223372036854775809"), "out of range"},
		{S("1e400"), "out of range"},
		{S("01"), "near byte"},
		{S("+1"), "not valid JSON"},
		{S("1."), "not valid JSON"},
		{S("NaN"), "not valid JSON"},
		{S("truely"), "not valid JSON"},
		{S("\"a\nb\""), "not valid JSON"},
		{S("\"a\0b\""), "not valid JSON"},
		{S("\"\\x\""), "not valid JSON"},
		{S("\"\\ud800\""), "not valid JSON"},
		{S("\"\\udc00\""), "not valid JSON"},
		{S("\"\\ud800\\ud800\""), "not valid JSON"},
		{S("\"\\ud800x\""), "not valid JSON"},
		{S("\"\xFF\""), "not valid UTF-8"},
		{S("\"\xC0\xAF\""), "not valid UTF-8"},
		{S("\"\xED\xA0\x80\""), "not valid UTF-8"},
		{S("{\"a\\u0000b\":1}"), "U+0000"},
		{S("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), "nested deeper than 16"},
		{S("[{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}]"), "nested deeper than 16"},
		{S("/**/1"), "not valid JSON"},
	};
	struct arena a;

	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ctx cx = {.arena = &a};
		struct json *v = NULL;

		if (json_parse(&cx, rows[i].input, &v) != ERR_MALFORMED)
			fail_row("took row %zu: %.*s", i, STR_ARG(rows[i].input));
		assert_null(v);
		if (!str_has(cx.fault.detail, str_of(rows[i].detail)))
			fail_row("row %zu said: %.*s", i, STR_ARG(cx.fault.detail));
		assert_false(str_has(cx.fault.detail, S("secretword")));
		assert_int_equal(json_parse(NULL, rows[i].input, &v), ERR_MALFORMED);
	}
	arena_release(&a);
}

static void
taken(void **state)
{
	static const struct {
		struct str input;
		enum json_kind kind;
	} rows[] = {
		{S("null"), JSON_KIND_NULL},
		{S(" true\n"), JSON_KIND_BOOL},
		{S("false"), JSON_KIND_BOOL},
		{S("-9223372036854775808"), JSON_KIND_NUMBER},
		{S("1e3"), JSON_KIND_NUMBER},
		{S("\"\\ud83d\\ude00\""), JSON_KIND_STRING},
		{S("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), JSON_KIND_ARRAY},
		{S("\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[\""), JSON_KIND_STRING},
		{S("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"), JSON_KIND_ARRAY},
		{S("{\"a\":1,\"A\":2}"), JSON_KIND_OBJECT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json *v CLEANUP_JSON = NULL;

		if (json_parse(NULL, rows[i].input, &v) != OK)
			fail_row("refused %.*s", STR_ARG(rows[i].input));
		assert_int_equal(json_kind(v), rows[i].kind);
	}
}

/* A value as often as told. */
static struct str
repeat(struct arena *a, const char *begin, const char *each, size_t times, const char *end)
{
	struct buf text;

	buf_init_arena(&text, a, 1 << 20);
	buf_z(&text, begin);
	for (size_t i = 0; i < times; i++)
		buf_z(&text, each);
	buf_z(&text, end);
	return buf_view(&text);
}

static void
values_are_bounded(void **state)
{
	static const struct {
		const char *begin, *each, *end;
		size_t most; /* of each */
	} rows[] = {
		{"[", "1,", "1]", JSON_VALUES - 1},
		{"[", "[],", "1]", (JSON_VALUES - 1) / 2},
		{"{\"a\":[", "{},", "1]}", (JSON_VALUES - 2) / 2},
		{"[", "{\"a\":1},", "1]", (JSON_VALUES - 1) / 2},
	};
	struct arena a;

	arena_init(&a, 1 << 24);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ctx cx = {.arena = &a};
		struct json *v = NULL;

		assert_int_equal(json_parse(&cx,
					    repeat(&a, rows[i].begin, rows[i].each, rows[i].most,
						   rows[i].end),
					    &v),
				 OK);
		json_free(&v);
		assert_int_equal(json_parse(&cx,
					    repeat(&a, rows[i].begin, rows[i].each,
						   rows[i].most + 1, rows[i].end),
					    &v),
				 ERR_MALFORMED);
		assert_str(cx.fault.detail, S("more than 16384 values"));
	}
	struct json *text CLEANUP_JSON = NULL;
	assert_int_equal(json_parse(NULL, repeat(&a, "\"", "[,{", JSON_VALUES, "\""), &text), OK);
	arena_release(&a);
}

static void
objects_only(void **state)
{
	struct arena a;
	struct ctx cx = {.arena = &a};
	struct json *v = NULL;

	arena_init(&a, 1 << 12);
	assert_int_equal(json_parse_object(&cx, S("[]"), &v), ERR_MALFORMED);
	assert_null(v);
	assert_str(cx.fault.detail, S("must be a JSON object"));
	assert_int_equal(json_parse_object(&cx, S("{}"), &v), OK);
	json_free(&v);
	assert_null(v);
	json_free(&v);
	arena_release(&a);
}

static void
members(void **state)
{
	struct json *v CLEANUP_JSON = NULL;
	int64_t n = 42;
	bool flag = false;

	assert_int_equal(
		json_parse(NULL,
			   S("{\"s\":\"a\\u0000b\",\"i\":-7,\"r\":1.0,\"t\":true,\"l\":[1,\"x\"],"
			     "\"n\":null,\"e\":\"\"}"),
			   &v),
		OK);
	assert_int_equal(json_count(v), 7);
	assert_str(json_string(json_member(v, "s")), S("a\0b"));
	assert_str(json_string(json_member(v, "e")), S(""));
	assert_str(json_string(json_member(v, "i")), STR_NONE);
	assert_str(json_string(json_member(v, "missing")), STR_NONE);
	assert_true(json_integer(json_member(v, "i"), &n) && n == -7);
	assert_false(json_integer(json_member(v, "r"), &n));
	assert_false(json_integer(NULL, &n));
	assert_true(n == -7);
	assert_true(json_boolean(json_member(v, "t"), &flag) && flag);
	assert_false(json_boolean(json_member(v, "i"), &flag));
	assert_false(json_boolean(NULL, &flag));
	assert_int_equal(json_kind(json_member(v, "n")), JSON_KIND_NULL);
	assert_int_equal(json_kind(NULL), JSON_KIND_NULL);
	assert_int_equal(json_count(json_member(v, "l")), 2);
	assert_str(json_string(json_element(json_member(v, "l"), 1)), S("x"));
	assert_null(json_element(json_member(v, "l"), 2));
	assert_null(json_element(v, 0));
	assert_null(json_member(json_member(v, "l"), "s"));
	assert_null(json_member(NULL, "s"));
	assert_int_equal(json_count(NULL), 0);
}

static void
walking(void **state)
{
	struct json *v CLEANUP_JSON = NULL;
	const struct json *member;
	void *at = NULL;
	struct str name;
	char names[8] = "";
	int64_t sum = 0, n = 0;

	assert_int_equal(json_parse(NULL, S("{\"x\":1,\"y\":2,\"z\":4}"), &v), OK);
	while (json_next(v, &at, &name, &member)) {
		assert_true(json_integer(member, &n));
		sum += n;
		assert_int_equal(name.n, 1);
		names[strlen(names)] = name.p[0];
	}
	assert_string_equal(names, "xyz");
	assert_true(sum == 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),      cmocka_unit_test(taken),
		cmocka_unit_test(objects_only), cmocka_unit_test(members),
		cmocka_unit_test(walking),      cmocka_unit_test(values_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
