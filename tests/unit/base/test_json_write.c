/* JSON out: commas, escapes, numbers. */
#include "../unit.h"

#include "base/json_write.h"

static void
nesting(void **state)
{
	static const struct uuid id = {{0x01, 0x7F, 0x22}};
	struct buf b CLEANUP_BUF;
	struct json_out w;

	buf_init(&b, 1000);
	w = json_to(&b);
	json_open(&w);
	json_key(&w, "a");
	json_int(&w, -5);
	json_key_str(&w, S("b"));
	json_open_list(&w);
	json_bool(&w, true);
	json_bool(&w, false);
	json_null(&w);
	json_open(&w);
	json_close(&w);
	json_open_list(&w);
	json_close_list(&w);
	json_raw(&w, S("{\"x\":1}"));
	json_close_list(&w);
	json_key(&w, "id");
	json_uuid(&w, &id);
	json_key(&w, "at");
	json_time(&w, 0);
	json_key(&w, "none");
	json_str(&w, STR_NONE);
	json_key(&w, "z");
	json_z(&w, NULL);
	json_close(&w);
	assert_str(buf_view(&b), S("{\"a\":-5,\"b\":[true,false,null,{},[],{\"x\":1}],"
				   "\"id\":\"017f2200-0000-0000-0000-000000000000\","
				   "\"at\":\"1970-01-01T00:00:00Z\",\"none\":null,\"z\":null}"));
}

static void
text(void **state)
{
	static const struct {
		struct str input;
		const char *want;
	} rows[] = {
		{S(""), "\"\""},
		{S("plain"), "\"plain\""},
		{S("a\"b\\c/"), "\"a\\\"b\\\\c/\""},
		{S("\n\r\t\b\f\x1F"), "\"\\n\\r\\t\\u0008\\u000c\\u001f\""},
		{S("a\0b"), "\"a\\u0000b\""},
		{S("\x7F"), "\"\x7F\""},
		{S("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\""},
		{S("\xE2\x80\xA8\xE2\x80\xA9"), "\"\\u2028\\u2029\""},
		{S("a\xFFz"), "\"a\\ufffdz\""},
		{S("\xED\xA0\x80"), "\"\\ufffd\\ufffd\\ufffd\""},
		{S("\xE2\x82"), "\"\\ufffd\\ufffd\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b CLEANUP_BUF;
		struct json_out w;

		buf_init(&b, 100);
		w = json_to(&b);
		json_str(&w, rows[i].input);
		assert_str(buf_view(&b), str_of(rows[i].want));
	}
}

static void
doubles(void **state)
{
	static const struct {
		double v;
		const char *want;
	} rows[] = {
		{0, "0"},
		{0.1, "0.1"},
		{-1.5, "-1.5"},
		{1e21, "1e+21"},
		{1.0 / 3, "0.33333333333333331"},
		{__builtin_inf(), "null"},
		{__builtin_nan(""), "null"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b CLEANUP_BUF;
		struct json_out w;

		buf_init(&b, 100);
		w = json_to(&b);
		json_double(&w, rows[i].v);
		assert_str(buf_view(&b), str_of(rows[i].want));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting),
		cmocka_unit_test(text),
		cmocka_unit_test(doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
