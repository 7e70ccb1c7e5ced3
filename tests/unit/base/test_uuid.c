/* UUID version 7: form, order, never two the same. */
#include "../unit.h"

#include "base/clock.h"
#include "base/rnd.h"
#include "base/uuid.h"

#include <pthread.h>

#define EACH 20000
#define THREADS 4

static void
form(void **state)
{
	struct uuid id;
	int64_t ms = clock_now() / 1000, got = 0;

	assert_int_equal(uuid_new(&id), OK);
	for (int i = 0; i < 6; i++)
		got = got << 8 | id.b[i];
	assert_in_range(got, ms, clock_now() / 1000);
	assert_int_equal(id.b[6] >> 4, 7);
	assert_int_equal(id.b[8] >> 6, 2);
	assert_false(uuid_is_zero(&id));
}

static void *
make(void *arg)
{
	struct uuid *ids = arg;

	for (int i = 0; i < EACH; i++)
		if (uuid_new(&ids[i]) != OK)
			return arg;
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void
never_twice(void **state)
{
	static struct uuid ids[THREADS][EACH];
	pthread_t threads[THREADS];
	struct uuid *all = &ids[0][0];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make, ids[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
		for (int j = 1; j < EACH; j++)
			assert_true(compare(&ids[i][j - 1], &ids[i][j]) < 0);
	}
	qsort(all, THREADS * EACH, sizeof(*all), compare);
	for (int i = 1; i < THREADS * EACH; i++)
		assert_true(memcmp(all[i - 1].b, all[i].b, 8) < 0);
}

static int64_t
long_ago(void)
{
	return DAY;
}

static void
clock_going_back(void **state)
{
	struct uuid a, b;

	assert_int_equal(uuid_new(&a), OK);
	clock_inject(long_ago);
	assert_int_equal(uuid_new(&b), OK);
	clock_inject(NULL);
	assert_true(compare(&a, &b) < 0);
}

static void
no_randomness(void **state)
{
	struct uuid id = {{0}};

	rnd_break(true);
	assert_int_equal(uuid_new(&id), ERR_UNAVAILABLE);
	rnd_break(false);
	assert_true(uuid_is_zero(&id));
}

static void
text(void **state)
{
	static const struct {
		struct str input;
		bool ok;
	} rows[] = {
		{S("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), true},
		{S("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), true},
		{S("00000000-0000-0000-0000-000000000000"), true},
		{S("017f22e279b07cc398c4dc0c0c07398f"), false},
		{S("017f22e2-79b0-7cc3-98c4-dc0c0c07398"), false},
		{S("017f22e2-79b0-7cc3-98c4-dc0c0c07398ff"), false},
		{S("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"), false},
		{S("017f22e27-9b0-7cc3-98c4-dc0c0c07398f"), false},
		{S("{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"), false},
		{S(" 17f22e2-79b0-7cc3-98c4-dc0c0c07398f"), false},
		{S(""), false},
		{STR_NONE, false},
	};
	struct arena a;
	struct uuid id;

	arena_init(&a, 4096);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(uuid_parse(rows[i].input, &id), rows[i].ok);
		if (rows[i].ok)
			assert_str(uuid_text(&a, &id), str_lower(&a, rows[i].input));
	}
	arena_release(&a);
}

static void
equality(void **state)
{
	struct uuid a = {{1}}, b = {{1}}, zero = {{0}};

	assert_true(uuid_eq(&a, &b));
	b.b[15] = 1;
	assert_false(uuid_eq(&a, &b));
	assert_true(uuid_is_zero(&zero));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form),
		cmocka_unit_test(never_twice),
		cmocka_unit_test(clock_going_back),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(text),
		cmocka_unit_test(equality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
