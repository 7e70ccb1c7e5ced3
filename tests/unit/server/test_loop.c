/* When a loop gives way. The linker hands sched_yield() to this file. */
#include "conn_case.h"

#include <sched.h>

static _Atomic int yields;

int __real_sched_yield(void);
int __wrap_sched_yield(void);

int
__wrap_sched_yield(void)
{
	yields++;
	return __real_sched_yield();
}

/* One yield more than before, and it stays at that. */
static void
assert_one_more(int before)
{
	assert_true(wait_until(&yields, before + 1));
	usleep(100 * 1000);
	assert_int_equal(yields, before + 1);
}

/* A server at rest sleeps. */
static void
test_answered(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	yields = 0;
	for (int i = 0; i < 3; i++) {
		client_say(fd, GET("/a"));
		assert_reply(fd, 200, NULL);
		assert_one_more(i);
	}
	close(fd);
	stub_stop(&s);
}

/* Which both loops know. */
static void
test_not_beside_workers(void **state)
{
	struct http_options o = {.loops = 2};
	struct stub s;
	int fd[2], holding;

	stub_start(&s, &o);
	holding = client_open(&s);
	client_say(holding, GET("/hold"));
	assert_true(wait_until(&s.held, 1));
	yields = 0;
	for (int i = 0; i < 2; i++) {
		fd[i] = client_open(&s);
		client_say(fd[i], GET("/a"));
		assert_reply(fd[i], 200, NULL);
	}
	usleep(100 * 1000);
	assert_int_equal(yields, 0);
	sem_post(&s.gate);
	assert_reply(holding, 200, NULL);
	assert_one_more(0);
	close(fd[0]);
	close(fd[1]);
	close(holding);
	stub_stop(&s);
}

/* Not while the answer is still to be written. */
static void
test_not_before_it_is_written(void **state)
{
	struct stub s;
	int fd;

	small_start(&s);
	fd = client_open(&s);
	yields = 0;
	client_say(fd, GET("/big"));
	assert_true(wait_until(&s.done, 1));
	usleep(100 * 1000);
	assert_int_equal(yields, 0);
	assert_reply(fd, 200, NULL);
	assert_one_more(0);
	close(fd);
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(answered), TEST(not_beside_workers),
					   TEST(not_before_it_is_written)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
