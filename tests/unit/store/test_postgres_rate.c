/* Rates that all servers on one PostgreSQL share. */
#include "store_case.h"

#include "store/rate.h"

#include <pthread.h>

static void
rates_let_through_and_refuse(void **state)
{
	/* 3 at once, then one each 10 s. */
	static const struct {
		int64_t after, wait, left;
	} rows[] = {
		{0, 0, 2},
		{0, 0, 1},
		{0, 0, 0},
		{0, 10 * SECOND, 0},
		{4 * SECOND, 6 * SECOND, 0},
		{10 * SECOND, 0, 0},
		{10 * SECOND, 10 * SECOND, 0},
		{35 * SECOND, 0, 1},
		{HOUR, 0, 2},
		{5 * SECOND, 0, 2}, /* the clock was set back by much */
	};
	static const uint8_t key[16] = {7}, other[16] = {8};
	struct store_case *t = *state;
	int64_t wait, left;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rate_take_shared(&t->c.cx, key, NOW + rows[i].after, 3,
						  30 * SECOND, &wait, &left),
				 OK);
		if (wait != rows[i].wait || left != rows[i].left)
			fail_msg("row %zu: wait %" PRId64 ", left %" PRId64, i, wait, left);
	}
	assert_int_equal(rate_take_shared(&t->c.cx, other, NOW, 3, 30 * SECOND, &wait, &left), OK);
	assert_int_equal(left, 2);
	assert_int_equal(rate_sweep(&t->c.cx, NOW + DAY, 100, &left), OK);
	assert_int_equal(left, 2);
}

struct taker {
	pthread_t thread;
	struct store *store;
	int taken, wrong;
};

static void *
take_many(void *arg)
{
	static const uint8_t key[16] = {9};
	struct taker *t = arg;
	struct cx_case c;
	int64_t wait, left;

	cx_make(&c, t->store);
	for (int i = 0; i < 20; i++) {
		if (rate_take_shared(&c.cx, key, NOW, 50, MINUTE, &wait, &left) != OK)
			t->wrong++;
		else if (!wait)
			t->taken++;
	}
	cx_end(&c);
	return NULL;
}

static void
rates_hold_against_many(void **state)
{
	struct store_case *t = *state;
	struct taker takers[8];
	int taken = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(takers); i++) {
		takers[i] = (struct taker){.store = t->store};
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_many, &takers[i]), 0);
	}
	for (i = 0; i < ARRAY_LEN(takers); i++) {
		pthread_join(takers[i].thread, NULL);
		assert_int_equal(takers[i].wrong, 0);
		taken += takers[i].taken;
	}
	assert_int_equal(taken, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(rates_let_through_and_refuse),
		ROW(rates_hold_against_many),
	};

	setenv("ALDGATE_TEST_ENGINE", "postgres", 1);
	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
