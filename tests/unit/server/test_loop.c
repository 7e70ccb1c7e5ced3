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

/* Others go first behind what was answered at once; a server at rest, or one that waits for its
 * workers, sleeps. */
static void
test_goes_second(void **state)
{
	struct http_options o = {.loops = 1};
	struct stub s;
	int fd, holding, before;

	stub_start(&s, &o);
	fd = client_open(&s);
	holding = client_open(&s);
	yields = 0;
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, NULL);
	assert_true(wait_until(&yields, 1));
	client_say(holding, GET("/hold"));
	assert_true(wait_until(&s.held, 1));
	before = yields;
	client_say(fd, GET("/a"));
	assert_reply(fd, 200, NULL);
	usleep(100 * 1000);
	assert_int_equal(yields, before);
	sem_post(&s.gate);
	assert_reply(holding, 200, NULL);
	assert_true(wait_until(&yields, before + 1));
	usleep(100 * 1000);
	assert_in_range(yields, before + 1, before + 2);
	close(fd);
	close(holding);
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(goes_second)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
