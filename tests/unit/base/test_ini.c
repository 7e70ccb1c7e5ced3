/* The configuration file's form. */
#include "../unit.h"

#include "base/ini.h"

static enum err
collect(const struct ini_entry *e, void *arg)
{
	buf_printf(arg, "%d:%.*s.%.*s=<%.*s>;", e->line, STR_ARG(e->section), STR_ARG(e->name),
		   STR_ARG(e->value));
	return str_eq(e->name, S("stop")) ? ERR_TAKEN : OK;
}

static void
lines(void **state)
{
	static const struct {
		struct str input;
		enum err want;
		int line;
		const char *entries;
	} rows[] = {
		{S(""), OK, 1, ""},
		{S("# c\n; c\n\n[a]\n"), OK, 5, ""},
		{S("[a]\nx=1\ny = 2 3 \n[ b ]\n\tz\t=\t4\t"), OK, 5,
		 "2:a.x=<1>;3:a.y=<2 3>;5:b.z=<4>;"},
		{S("[a]\r\nx = 1\r\n"), OK, 3, "2:a.x=<1>;"},
		{S("\xEF\xBB\xBF[a]\nx=1"), OK, 2, "2:a.x=<1>;"},
		{S("[a]\nx="), OK, 2, "2:a.x=<>;"},
		{S("[a]\nx=\"  1 \""), OK, 2, "2:a.x=<  1 >;"},
		{S("[a]\nx=\"\""), OK, 2, "2:a.x=<>;"},
		{S("[a]\nx=\"\"a\"\""), OK, 2, "2:a.x=<\"a\">;"},
		{S("[a]\nx=a\"b\""), OK, 2, "2:a.x=<a\"b\">;"},
		{S("[a]\nx=a=b # c"), OK, 2, "2:a.x=<a=b # c>;"},
		{S("[a]\nx=\"1"), ERR_INVALID, 2, ""},
		{S("[a]\nx=\""), ERR_INVALID, 2, ""},
		{S("x=1"), ERR_INVALID, 1, ""},
		{S("[a]\nx"), ERR_INVALID, 2, ""},
		{S("[a]\n=1"), ERR_INVALID, 2, ""},
		{S("[a]\nx y=1"), ERR_INVALID, 2, ""},
		{S("[a"), ERR_INVALID, 1, ""},
		{S("[]"), ERR_INVALID, 1, ""},
		{S("[a b]"), ERR_INVALID, 1, ""},
		{S("[a] # c"), ERR_INVALID, 1, ""},
		{S("[a]\nx=1\n\ny=\0"), ERR_INVALID, 4, "2:a.x=<1>;"},
		{S("[a]\nx=1\nstop=1\ny=1"), ERR_TAKEN, 3, "2:a.x=<1>;3:a.stop=<1>;"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b CLEANUP_BUF;
		int line = 0;

		buf_init(&b, 1000);
		assert_int_equal(ini_read(rows[i].input, collect, &b, &line), rows[i].want);
		assert_str(buf_view(&b), str_of(rows[i].entries));
		assert_int_equal(line, rows[i].line);
	}
}

static void
long_lines(void **state)
{
	struct buf text CLEANUP_BUF, got CLEANUP_BUF;
	int line;

	buf_init(&text, 1 << 20);
	buf_init(&got, 1 << 20);
	buf_z(&text, "[a]\nx=");
	for (int i = 0; i < 100000; i++)
		buf_char(&text, 'v');
	assert_int_equal(ini_read(buf_view(&text), collect, &got, &line), OK);
	assert_true(got.n > 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
