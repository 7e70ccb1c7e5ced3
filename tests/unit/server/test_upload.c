/* Bodies that go into a file and answers that come out of one: whole, in time, bounded, and gone
 * with whoever sent or wanted them. */
#include "stub.h"

#define POST(path, more) "POST " path " HTTP/1.1\r\nHost: x\r\n" more
#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define SOME ((size_t)100 * 1024)

static struct arena arena;
static char bytes[3 * 1024 * 1024];

static int
fresh(void **state UNUSED)
{
	arena_init(&arena, (size_t)512 * 1024 * 1024);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	return 0;
}

static int
tidy(void **state UNUSED)
{
	arena_release(&arena);
	http_tune(NULL);
	return 0;
}

static void
begin_upload(int fd, const char *path, size_t n)
{
	char head[256];

	snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
		 path, n);
	client_say(fd, head);
}

static void
refused(int fd, int status, const char *body)
{
	struct reply r = client_reply(&arena, fd, false);

	assert_int_equal(r.status, status);
	assert_str(r.body, str_of(body));
	assert_true(r.says_close);
}

static void
nothing_is_left(struct stub *s)
{
	for (int i = 0; i < PATIENCE_MS && (s->server->uploads > 0 || s->server->connections > 0);
	     i++)
		usleep(1000);
	assert_int_equal(s->server->uploads, 0);
	assert_int_equal(s->server->connections, 0);
}

static void
comes_back_whole(void **state UNUSED)
{
	static const size_t lengths[] = {1, SPOOL_BLOCK, SPOOL_BLOCK + 1, sizeof(bytes)};
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct reply r;

		begin_upload(fd, i % 2 ? "/file/work" : "/file", lengths[i]);
		client_send(fd, bytes, lengths[i]);
		r = client_reply(&arena, fd, false);
		assert_int_equal(r.status, 200);
		assert_int_equal(r.body.n, lengths[i]);
		assert_memory_equal(r.body.p, bytes, lengths[i]);
		client_say(fd, GET("/1"));
		r = client_reply(&arena, fd, false);
		assert_str(r.body, S("GET /1 [] 0 127.0.0.1"));
	}
	close(fd);
	nothing_is_left(&s);
	stub_stop(&s);
}

static void
chunks_and_limits(void **state UNUSED)
{
	struct stub s;
	struct reply r;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd,
		   POST("/file", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
				 "\r\n"));
	r = client_reply(&arena, fd, false);
	assert_str(r.body, S("abcde"));
	client_say(fd, POST("/file", "Transfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 2; i++) {
		client_say(fd, "300000\r\n");
		client_send(fd, bytes, sizeof(bytes));
		client_say(fd, "\r\n");
	}
	refused(fd, 413, "refused TOO_LARGE");
	close(fd);
	fd = client_open(&s);
	begin_upload(fd, "/file/nowhere", sizeof(bytes));
	client_send(fd, bytes, 2 * SPOOL_BLOCK);
	refused(fd, 503, "refused UNAVAILABLE");
	close(fd);
	nothing_is_left(&s);
	stub_stop(&s);
}

/* 300 ms and a second for each 64 KiB. */
static void
slow_ones_end(void **state UNUSED)
{
	struct http_tuning t = {.head = HTTP_HEAD_DEADLINE,
				.request = 300 * MILLISECOND,
				.idle = HTTP_IDLE_DEADLINE,
				.write = HTTP_WRITE_DEADLINE,
				.linger = 100 * MILLISECOND,
				.sweep = 10 * MILLISECOND};
	int64_t began = clock_mono(), took;
	struct stub s;
	int fd;

	http_tune(&t);
	stub_start(&s, NULL);
	fd = client_open(&s);
	begin_upload(fd, "/file", sizeof(bytes));
	client_send(fd, bytes, SOME);
	refused(fd, 408, "refused TIMEOUT");
	took = clock_mono() - began;
	assert_true(took >= 1300 * MILLISECOND && took < 25 * SECOND);
	close(fd);
	nothing_is_left(&s);
	stub_stop(&s);
}

static void
so_many_at_once(void **state UNUSED)
{
	struct stub s;
	int fds[HTTP_UPLOADS_MOST], fd;

	stub_start(&s, NULL);
	for (int i = 0; i < HTTP_UPLOADS_MOST; i++) {
		fds[i] = client_open(&s);
		begin_upload(fds[i], "/file", SOME);
		client_send(fds[i], bytes, 10);
	}
	assert_true(wait_until(&s.server->uploads, HTTP_UPLOADS_MOST));
	fd = client_open(&s);
	begin_upload(fd, "/file", SOME);
	refused(fd, 503, "refused OVERLOADED");
	close(fd);
	client_send(fds[0], bytes + 10, SOME - 10);
	assert_int_equal(client_reply(&arena, fds[0], false).body.n, SOME);
	for (int i = 0; i < HTTP_UPLOADS_MOST; i++)
		close(fds[i]);
	nothing_is_left(&s);
	stub_stop(&s);
}

/* One that fills its own places leaves those of others, and gets each back with the answer. */
static void
so_many_of_one(void **state UNUSED)
{
	struct stub s;
	int fds[HTTP_UPLOADS_OF_ONE + 1], fd, other;

	stub_start(&s, NULL);
	for (int i = 0; i < HTTP_UPLOADS_OF_ONE; i++) {
		fds[i] = client_open(&s);
		begin_upload(fds[i], "/file/of/a", SOME);
		client_send(fds[i], bytes, 10);
	}
	assert_true(wait_until(&s.server->uploads, HTTP_UPLOADS_OF_ONE));
	fd = client_open(&s);
	begin_upload(fd, "/file/of/a", SOME);
	refused(fd, 429, "refused THROTTLED");
	close(fd);
	other = client_open(&s);
	begin_upload(other, "/file/of/b", SOME);
	client_send(other, bytes, SOME);
	assert_int_equal(client_reply(&arena, other, false).body.n, SOME);
	close(other);
	client_send(fds[0], bytes + 10, SOME - 10);
	assert_int_equal(client_reply(&arena, fds[0], false).body.n, SOME);
	for (int i = 0; i < PATIENCE_MS && s.server->uploads >= HTTP_UPLOADS_OF_ONE; i++)
		usleep(1000);
	fds[HTTP_UPLOADS_OF_ONE] = client_open(&s);
	begin_upload(fds[HTTP_UPLOADS_OF_ONE], "/file/of/a", SOME);
	client_send(fds[HTTP_UPLOADS_OF_ONE], bytes, SOME);
	assert_int_equal(client_reply(&arena, fds[HTTP_UPLOADS_OF_ONE], false).body.n, SOME);
	for (int i = 0; i <= HTTP_UPLOADS_OF_ONE; i++)
		close(fds[i]);
	nothing_is_left(&s);
	stub_stop(&s);
}

static void
gone_in_the_middle(void **state UNUSED)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	for (int i = 0; i < 8; i++) {
		fd = client_open(&s);
		begin_upload(fd, i % 2 ? "/file/work" : "/file", sizeof(bytes));
		client_send(fd, bytes, sizeof(bytes) - (i < 4 ? 1 : 0));
		if (i >= 4)
			assert_true(wait_until(&s.served, i - 3));
		close(fd);
	}
	nothing_is_left(&s);
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back_whole, fresh, tidy),
		cmocka_unit_test_setup_teardown(chunks_and_limits, fresh, tidy),
		cmocka_unit_test_setup_teardown(slow_ones_end, fresh, tidy),
		cmocka_unit_test_setup_teardown(so_many_at_once, fresh, tidy),
		cmocka_unit_test_setup_teardown(so_many_of_one, fresh, tidy),
		cmocka_unit_test_setup_teardown(gone_in_the_middle, fresh, tidy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
