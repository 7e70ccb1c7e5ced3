/* What is given back comes back: the program goes on, with less of its files in memory. */
#include "../unit.h"

#include "base/settle.h"

#include <pthread.h>
#include <stdatomic.h>

/* Pages of files that are mapped and in memory. */
static int64_t
file_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long size, resident, shared;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld %ld", &size, &resident, &shared), 3);
	fclose(f);
	return shared;
}

static void
test_less(void **state)
{
	int64_t before = file_pages();

	settle();
	assert_true(file_pages() < before);
}

static _Atomic bool done;

static void *
worker(void *arg)
{
	char text[64];
	intptr_t bad = 0;

	for (int i = 0; !done; i++) {
		snprintf(text, sizeof(text), "%d %.3f", i, i / 7.0);
		bad += strtol(text, NULL, 10) != i;
	}
	return (void *)bad;
}

static void
test_beside_threads(void **state)
{
	pthread_t threads[4];
	void *bad;

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, NULL), 0);
	for (int i = 0; i < 200; i++)
		settle();
	done = true;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_less),
		cmocka_unit_test(test_beside_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
