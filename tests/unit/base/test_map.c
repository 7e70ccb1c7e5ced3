/* The bounded table: finds what it has, forgets the least recently used. */
#include "../unit.h"

#include "base/map.h"

/* Keys with equal first bytes fall into one set. */
static const uint8_t *
key(uint8_t high, uint8_t low)
{
	static uint8_t k[16];

	memset(k, 0, sizeof(k));
	k[7] = high; /* the top byte on the machines this runs on */
	k[15] = low;
	return k;
}

static void
put(struct map *m, uint8_t high, uint8_t low, int v, bool want_fresh)
{
	bool fresh = false;
	int *value = map_put(m, key(high, low), &fresh);

	assert_int_equal(fresh, want_fresh);
	if (fresh)
		assert_int_equal(*value, 0);
	*value = v;
}

static void
finds(void **state)
{
	struct map *m = map_new(64, sizeof(int));

	assert_null(map_get(m, key(1, 1)));
	put(m, 1, 1, 11, true);
	put(m, 1, 2, 12, true);
	put(m, 200, 1, 13, true);
	put(m, 1, 1, 14, false);
	assert_int_equal(*(int *)map_get(m, key(1, 1)), 14);
	assert_int_equal(*(int *)map_get(m, key(1, 2)), 12);
	assert_int_equal(*(int *)map_get(m, key(200, 1)), 13);
	map_remove(m, key(1, 1));
	map_remove(m, key(9, 9));
	assert_null(map_get(m, key(1, 1)));
	put(m, 1, 1, 15, true);
	map_free(m);
	map_free(NULL);
}

static void
forgets_the_least_recently_used(void **state)
{
	struct map *m = map_new(1, sizeof(int));

	for (uint8_t i = 0; i < 8; i++)
		put(m, 0, i, i, true);
	assert_non_null(map_get(m, key(0, 0)));
	put(m, 0, 2, 2, false);
	put(m, 0, 100, 100, true);
	assert_null(map_get(m, key(0, 1)));
	assert_non_null(map_get(m, key(0, 0)));
	put(m, 0, 101, 101, true);
	assert_null(map_get(m, key(0, 3)));
	assert_non_null(map_get(m, key(0, 2)));
	map_free(m);
}

static bool
sum(const uint8_t *k, void *value, void *arg)
{
	*(int *)arg += *(int *)value;
	return *(int *)value % 2 == 1;
}

static void
walks(void **state)
{
	struct map *m = map_new(100, sizeof(int));
	int total = 0;

	for (uint8_t i = 1; i <= 10; i++)
		put(m, (uint8_t)(i * 20), i, i, true);
	map_each(m, sum, &total);
	assert_int_equal(total, 55);
	total = 0;
	map_each(m, sum, &total);
	assert_int_equal(total, 30);
	map_free(m);
}

static bool
count(const uint8_t *k, void *value, void *arg)
{
	++*(int *)arg;
	return false;
}

static void
stays_bounded(void **state)
{
	struct map *m = map_new(1000, 24);
	uint8_t k[16] = {0};
	uint64_t x = 1;
	bool fresh;
	int n = 0;

	for (int i = 0; i < 100000; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		memcpy(k, &x, sizeof(x));
		memset(map_put(m, k, &fresh), 0xFF, 24);
		assert_non_null(map_get(m, k));
	}
	map_each(m, count, &n);
	assert_int_equal(n, 1000);
	map_free(m);
}

static int dropped, dropped_sum;

static void
note_drop(void *value)
{
	dropped++;
	dropped_sum += *(int *)value;
}

static void
drops_each_value_once(void **state)
{
	struct map *m = map_new_owning(1, sizeof(int), note_drop);

	for (uint8_t i = 0; i < 8; i++)
		put(m, 0, i, 1, true);
	put(m, 0, 7, 1, false);
	assert_int_equal(dropped, 0);
	put(m, 0, 100, 10, true);
	assert_int_equal(dropped, 1);
	map_remove(m, key(0, 1));
	map_remove(m, key(0, 1));
	assert_int_equal(dropped, 2);
	map_free(m);
	assert_int_equal(dropped, 9);
	assert_int_equal(dropped_sum, 8 + 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(forgets_the_least_recently_used),
		cmocka_unit_test(walks),
		cmocka_unit_test(stays_bounded),
		cmocka_unit_test(drops_each_value_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
