/* errors.def as a table, and the words that a ctx carries. */
#include "../unit.h"

static void
table(void **state)
{
	for (int i = 1; i < ERR_COUNT; i++) {
		const struct err_row *row = err_row((enum err)i);

		assert_true(row->status >= 400 && row->status < 600);
		assert_true(strlen(row->name) > 0 && strlen(row->code) > 0);
		assert_true(str_ends(str_of(row->sentence), S(".")));
		for (int j = 1; j < i; j++)
			assert_string_not_equal(row->code, err_row((enum err)j)->code);
	}
	assert_int_equal(err_row(ERR_TAKEN)->status, 409);
	assert_string_equal(err_row(ERR_TAKEN)->name, "TAKEN");
}

static enum err
try_both(enum err first, int *reached)
{
	TRY(first);
	*reached = 1;
	return ERR_INTERNAL;
}

static void
trying(void **state)
{
	int reached = 0;

	assert_int_equal(try_both(ERR_TAKEN, &reached), ERR_TAKEN);
	assert_int_equal(reached, 0);
	assert_int_equal(try_both(OK, &reached), ERR_INTERNAL);
	assert_int_equal(reached, 1);
}

static void
faults(void **state)
{
	struct arena a;
	struct ctx cx = {.arena = &a};
	char name[] = "email";

	arena_init(&a, 1 << 16);
	assert_int_equal(fail(&cx, ERR_TAKEN, "%s is taken", "x"), ERR_TAKEN);
	assert_str(cx.fault.detail, S("x is taken"));
	assert_int_equal(fail_field(&cx, name, "one"), ERR_INVALID);
	assert_int_equal(fail_field(&cx, "phone", "two"), ERR_INVALID);
	name[0] = 'X';
	assert_str(cx.fault.fields->field, S("email"));
	assert_str(cx.fault.fields->message, S("one"));
	assert_str(cx.fault.fields->next->field, S("phone"));
	assert_null(cx.fault.fields->next->next);
	fault_clear(&cx);
	assert_null(cx.fault.fields);
	assert_true(str_absent(cx.fault.detail));
	arena_release(&a);
}

static void
long_details_are_cut(void **state)
{
	struct arena a;
	struct ctx cx = {.arena = &a};

	arena_init(&a, 1 << 16);
	assert_int_equal(fail(&cx, ERR_TAKEN, "%01000d", 1), ERR_TAKEN);
	assert_int_equal(cx.fault.detail.n, 511);
	arena_release(&a);
}

static void
retries(void **state)
{
	static const struct {
		int64_t after, want;
	} rows[] = {
		{-5, 1},
		{0, 1},
		{1, 1},
		{SECOND, 1},
		{SECOND + 1, 2},
		{MINUTE, 60},
		{90 * SECOND - 1, 90},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ctx cx = {0};

		assert_int_equal(fail_retry(&cx, ERR_THROTTLED, rows[i].after), ERR_THROTTLED);
		assert_int_equal(cx.fault.retry_after, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),   cmocka_unit_test(trying),
		cmocka_unit_test(faults),  cmocka_unit_test(long_details_are_cut),
		cmocka_unit_test(retries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
