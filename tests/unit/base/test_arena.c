/* The arena: alignment, zeros, growth, wiping, the cap. */
#include "../unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void
sizes(void **state)
{
	static const size_t rows[] = {0, 1, 7, 16, 100, 4000, 4096, 5000, 100000, 3 << 20, 1, 0};
	struct arena a;

	arena_init(&a, 16 << 20);
	for (int round = 0; round < 3; round++) {
		size_t sum = 0;

		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			char *p = arena_alloc(&a, rows[i]);

			assert_int_equal((uintptr_t)p % 16, 0);
			assert_true(all_zero(p, rows[i]));
			memset(p, 0xAA, rows[i]);
			sum += rows[i];
			assert_int_equal(a.used, sum);
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	arena_release(&a);
	arena_release(&a);
}

static void
keeps_the_first_block(void **state)
{
	struct arena a;
	void *first;

	arena_init(&a, 1 << 20);
	first = arena_alloc(&a, 32);
	memset(first, 0xAA, 32);
	arena_alloc(&a, 50000);
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 32), first);
	assert_true(all_zero(first, 32));
	arena_release(&a);
}

static void
copying(void **state)
{
	struct arena a;

	arena_init(&a, 100);
	assert_memory_equal(arena_copy(&a, "abc", 3), "abc", 3);
	assert_non_null(arena_copy(&a, NULL, 0));
	arena_release(&a);
}

static void
cap_ends_the_process(void **state)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct arena a;

		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		arena_init(&a, 100);
		arena_alloc(&a, 60);
		arena_alloc(&a, 41);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(keeps_the_first_block),
		cmocka_unit_test(copying),
		cmocka_unit_test(cap_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
