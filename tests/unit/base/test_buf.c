/* The builder, on the heap and in an arena. */
#include "../unit.h"

#include "base/buf.h"

static void
fill(struct buf *b)
{
	buf_str(b, S("ab"));
	buf_z(b, "cd");
	buf_char(b, ' ');
	buf_int(b, INT64_MIN);
	buf_char(b, ' ');
	buf_int(b, 0);
	buf_printf(b, " %s/%d", "x", 5);
	buf_printf(b, "%s", "");
	buf_add(b, NULL, 0);
	buf_str(b, STR_NONE);
}

static void
building(void **state)
{
	static const struct str want = {"abcd -9223372036854775808 0 x/5", 31};
	struct arena a;
	struct buf b;

	buf_init(&b, 1000);
	assert_str(buf_view(&b), S(""));
	fill(&b);
	assert_str(buf_view(&b), want);
	assert_int_equal(b.p[b.n], '\0');
	buf_clear(&b);
	assert_str(buf_view(&b), S(""));
	fill(&b);
	assert_str(buf_view(&b), want);
	buf_release(&b);
	assert_str(buf_view(&b), S(""));

	arena_init(&a, 1 << 20);
	buf_init_arena(&b, &a, 1000);
	fill(&b);
	assert_str(buf_view(&b), want);
	buf_release(&b);
	arena_release(&a);
}

static void
growing(void **state)
{
	struct buf b CLEANUP_BUF;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 100000);
	assert_false(b.full);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
}

static void
cap(void **state)
{
	static const struct {
		size_t cap;
		const char *want;
		bool full;
	} rows[] = {
		{0, "", true},    {2, "", true},        {3, "abc", true},
		{5, "abc", true}, {6, "abcdef", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b CLEANUP_BUF;

		buf_init(&b, rows[i].cap);
		buf_z(&b, "abc");
		buf_printf(&b, "%s", "def");
		assert_str(buf_view(&b), str_of(rows[i].want));
		assert_int_equal(b.full, rows[i].full);
	}
}

static void
full_until_cleared(void **state)
{
	struct buf b CLEANUP_BUF;

	buf_init(&b, 3);
	buf_z(&b, "abcd");
	buf_z(&b, "a");
	assert_true(b.full);
	assert_int_equal(b.n, 0);
	buf_clear(&b);
	buf_z(&b, "a");
	assert_false(b.full);
	assert_str(buf_view(&b), S("a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(building),
		cmocka_unit_test(growing),
		cmocka_unit_test(cap),
		cmocka_unit_test(full_until_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
