/* An arena for each test, and requests and answers in a line. */
#ifndef TESTS_CONN_CASE_H
#define TESTS_CONN_CASE_H

#include "stub.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(path, more) "POST " path " HTTP/1.1\r\nHost: x\r\n" more

static struct arena arena;

static inline int
fresh(void **state)
{
	arena_init(&arena, (size_t)512 * 1024 * 1024);
	return 0;
}

static inline int
tidy(void **state)
{
	arena_release(&arena);
	http_tune(NULL);
	return 0;
}

static inline void
assert_reply(int fd, int status, const char *body)
{
	struct reply r = client_reply(&arena, fd, false);

	assert_int_equal(r.status, status);
	if (body != NULL)
		assert_str(r.body, str_of(body));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, tidy)

#endif
