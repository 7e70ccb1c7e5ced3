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

/* A server whose sockets take little at once, so that GET /big has to be written in pieces. */
static inline void
small_start(struct stub *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct http_options o = {.loops = 1, .inherited_fd = socket(AF_INET, SOCK_STREAM, 0)};
	int small = 4096;

	assert_true(o.inherited_fd >= 0);
	setsockopt(o.inherited_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	assert_int_equal(bind(o.inherited_fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(o.inherited_fd, 8), 0);
	stub_start(s, &o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, tidy)

#endif
