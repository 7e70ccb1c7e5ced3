/* Random bytes: that they come, differ, stay in bounds, and that a broken source is told. */
#include "../unit.h"

#include "base/rnd.h"

#include <sys/wait.h>
#include <unistd.h>

static void
bytes(void **state)
{
	static const size_t rows[] = {0, 1, 16, 63, 64, 65, 256, 1000};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t a[1000] = {0}, b[1000] = {0};

		assert_int_equal(rnd_bytes(a, rows[i]), OK);
		assert_int_equal(rnd_bytes(b, rows[i]), OK);
		if (rows[i] >= 16)
			assert_memory_not_equal(a, b, rows[i]);
		for (size_t j = rows[i]; j < sizeof(a); j++)
			assert_int_equal(a[j], 0);
	}
}

static void
below(void **state)
{
	static const uint32_t rows[] = {1, 2, 3, 10, 1000000, UINT32_MAX};
	int seen[10] = {0};
	uint32_t v;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int j = 0; j < 1000; j++) {
			assert_int_equal(rnd_below(rows[i], &v), OK);
			assert_true(v < rows[i]);
		}
	}
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(rnd_below(10, &v), OK);
		seen[v]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 700, 1300);
}

static void
jitters(void **state)
{
	bool differs = false;

	for (int i = 0; i < 1000; i++) {
		uint64_t v = rnd_jitter(1000);

		assert_true(v < 1000);
		differs |= v != rnd_jitter(1000);
	}
	assert_true(differs);
	assert_int_equal(rnd_jitter(0), 0);
	assert_int_equal(rnd_jitter(1), 0);
}

static void
broken(void **state)
{
	uint8_t b[4];
	uint32_t v;

	rnd_break(true);
	assert_int_equal(rnd_bytes(b, 4), ERR_UNAVAILABLE);
	assert_int_equal(rnd_below(10, &v), ERR_UNAVAILABLE);
	rnd_break(false);
	assert_int_equal(rnd_bytes(b, 4), OK);
}

static void
a_child_has_its_own(void **state)
{
	uint8_t ours[16], theirs[16] = {0};
	int ends[2];
	pid_t child;

	assert_int_equal(rnd_bytes(ours, 16), OK);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(rnd_bytes(theirs, 16) == OK && write(ends[1], theirs, 16) == 16 ? 0 : 1);
	assert_int_equal(rnd_bytes(ours, 16), OK);
	assert_int_equal(read(ends[0], theirs, 16), 16);
	assert_memory_not_equal(ours, theirs, 16);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes),
		cmocka_unit_test(below),
		cmocka_unit_test(jitters),
		cmocka_unit_test(broken),
		cmocka_unit_test(a_child_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
