/* Connections over time: order, deadlines, caps, workers. */
#include "conn_case.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

static struct http_tuning
quick(void)
{
	return (struct http_tuning){.head = HTTP_HEAD_DEADLINE,
				    .request = HTTP_REQUEST_DEADLINE,
				    .idle = HTTP_IDLE_DEADLINE,
				    .write = HTTP_WRITE_DEADLINE,
				    .linger = 2 * SECOND,
				    .sweep = 10 * MILLISECOND};
}

static void
test_pipeline(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd,
		   GET("/1") GET("/work?2") POST("/3", "Content-Length: 2\r\n\r\nab") GET(
			   "/hold") GET("/big")
			   POST("/work", "Transfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n")
				   GET("/last"));
	assert_reply(fd, 200, "GET /1 [] 0 127.0.0.1");
	assert_reply(fd, 200, "GET /work ?2 [] 0 127.0.0.1");
	assert_reply(fd, 200, "POST /3 [ab] 2 127.0.0.1");
	assert_true(wait_until(&s.held, 1));
	assert_int_equal(s.served, 4);
	sem_post(&s.gate);
	assert_reply(fd, 200, "GET /hold [] 0 127.0.0.1");
	assert_reply(fd, 200, NULL);
	assert_reply(fd, 200, "POST /work [xy] 2 127.0.0.1");
	assert_reply(fd, 200, "GET /last [] 0 127.0.0.1");
	assert_true(client_sees_end(fd));
	assert_int_equal(s.done, 7);
	close(fd);
	stub_stop(&s);
}

struct sending {
	int fd;
	struct str bytes;
};

static void *
sender(void *arg)
{
	const struct sending *what = arg;

	client_send(what->fd, what->bytes.p, what->bytes.n);
	return NULL;
}

static void
test_long_pipeline(void **state)
{
	struct stub s;
	struct buf b;
	struct sending sending;
	pthread_t thread;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	buf_init_arena(&b, &arena, 1024 * 1024);
	for (int i = 0; i < 3000; i++)
		buf_z(&b, i % 100 == 0 ? GET("/work") : GET("/fast"));
	/* More than all buffers on the way hold, so that it must be read as it is answered. */
	sending = (struct sending){fd, buf_view(&b)};
	assert_int_equal(pthread_create(&thread, NULL, sender, &sending), 0);
	for (int i = 0; i < 3000; i++) {
		struct arena a;
		struct reply r;

		arena_init(&a, 16 * 1024 * 1024);
		r = client_reply(&a, fd, false);
		assert_int_equal(r.status, 200);
		assert_true(str_starts(r.body, i % 100 == 0 ? S("GET /work") : S("GET /fast")));
		arena_release(&a);
	}
	pthread_join(thread, NULL);
	close(fd);
	stub_stop(&s);
}

static void
test_head(void **state)
{
	struct stub s;
	struct reply r;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
	r = client_reply(&arena, fd, true);
	assert_int_equal(r.status, 200);
	assert_true(str_has(r.head, S("Content-Length: 22\r\n")));
	client_say(fd, GET("/204"));
	r = client_reply(&arena, fd, true);
	assert_int_equal(r.status, 204);
	assert_false(str_has(r.head, S("Content-")));
	client_say(fd, GET("/a"));
	r = client_reply(&arena, fd, false);
	assert_str(r.body, S("GET /a [] 0 127.0.0.1"));
	assert_false(str_has(r.head, S("Server:")));
	close(fd);
	stub_stop(&s);
}

static void
test_continue(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd, POST("/a", "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n"));
	assert_int_equal(client_reply(&arena, fd, true).status, 100);
	client_say(fd, "abc");
	assert_reply(fd, 200, "POST /a [abc] 3 127.0.0.1");
	client_say(fd, POST("/a", "Expect: 100-continue\r\nContent-Length: 3000\r\n\r\n"));
	assert_reply(fd, 413, "refused TOO_LARGE");
	assert_true(client_sees_end(fd));
	close(fd);
	stub_stop(&s);
}

static void
test_upload(void **state)
{
	struct stub s;
	char *p = arena_alloc(&arena, 2 * 1024 * 1024 + 1);
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	memset(p, 'u', 2 * 1024 * 1024 + 1);
	client_say(fd, POST("/upload", "Content-Length: 2097152\r\n\r\n"));
	client_send(fd, p, 2 * 1024 * 1024);
	assert_reply(fd, 200, "POST /upload [] 2097152 127.0.0.1");
	client_say(fd, POST("/upload", "Transfer-Encoding: chunked\r\n\r\n"));
	client_say(fd, "100000\r\n");
	client_send(fd, p, 1024 * 1024);
	client_say(fd, "\r\n100000\r\n");
	client_send(fd, p, 1024 * 1024);
	client_say(fd, "\r\n1\r\nx");
	assert_reply(fd, 413, NULL);
	close(fd);
	stub_stop(&s);
}

/* The answer must arrive although the client goes on sending; bounded, then the connection is cut.
 */
static void
test_linger(void **state)
{
	struct http_tuning t = quick();
	char *p = arena_alloc(&arena, 900 * 1024);
	struct stub s;
	int fd;

	t.linger = 100 * MILLISECOND;
	http_tune(&t);
	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd, POST("/a", "Content-Length: 1000000\r\n\r\n"));
	client_send(fd, p, 900 * 1024);
	assert_reply(fd, 413, "refused TOO_LARGE");
	assert_true(client_sees_end(fd));
	for (int i = 0; i < PATIENCE_MS && s.server->connections > 0; i++)
		usleep(1000);
	assert_int_equal(s.server->connections, 0);
	close(fd);
	stub_stop(&s);
}

static void
test_deadlines(void **state)
{
	struct http_tuning t = quick();
	struct stub s;
	int idle, head, body, chunks, between;

	t.head = 1500 * MILLISECOND;
	t.request = 3 * SECOND;
	t.idle = 2 * SECOND;
	http_tune(&t);
	stub_start(&s, NULL);
	idle = client_open(&s);
	head = client_open(&s);
	client_say(head, "GET / HT");
	body = client_open(&s);
	client_say(body, POST("/a", "Content-Length: 10\r\n\r\nabc"));
	chunks = client_open(&s);
	client_say(chunks, POST("/a", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-1"));
	between = client_open(&s);
	client_say(between, GET("/a") "\r\n\r\n");
	assert_reply(between, 200, NULL);
	assert_reply(head, 408, "refused TIMEOUT");
	assert_true(client_sees_end(head));
	assert_true(client_sees_end(idle));
	assert_true(client_sees_end(between));
	assert_reply(body, 408, "refused TIMEOUT");
	assert_true(client_sees_end(body));
	assert_reply(chunks, 408, "refused TIMEOUT");
	assert_true(client_sees_end(chunks));
	assert_int_equal(s.refused, 3);
	close(idle);
	close(head);
	close(body);
	close(chunks);
	close(between);
	stub_stop(&s);
}

/* A client that asks for much and reads nothing. */
static void
test_write_deadline(void **state)
{
	struct http_tuning t = quick();
	struct stub s;
	int fd, small = 4096;

	t.write = 100 * MILLISECOND;
	http_tune(&t);
	stub_start(&s, NULL);
	fd = client_open(&s);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 10; i++)
		client_say(fd, GET("/big"));
	assert_true(wait_until(&s.done, 1));
	for (int i = 0; i < PATIENCE_MS && s.server->connections > 0; i++)
		usleep(1000);
	assert_int_equal(s.server->connections, 0);
	close(fd);
	stub_stop(&s);
}

static void
test_slow_reader(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	for (int i = 0; i < 8; i++)
		client_say(fd, GET("/big"));
	usleep(50000);
	assert_true(s.served < 8);
	for (int i = 0; i < 8; i++) {
		struct reply r = client_reply(&arena, fd, false);

		assert_int_equal(r.status, 200);
		assert_true(r.body.n > 2 * 1024 * 1024);
	}
	assert_true(wait_until(&s.done, 8));
	close(fd);
	stub_stop(&s);
}

/* Which of the two is answered first. */
static int
first_of(int a, int b)
{
	struct pollfd both[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};

	assert_true(poll(both, 2, PATIENCE_MS) > 0);
	return both[0].revents ? a : b;
}

static void
test_queue_full(void **state)
{
	struct http_options o = {.workers_max = 2, .queue_max = 1};
	int fd[4], refused, queued;
	struct stub s;

	stub_start(&s, &o);
	for (int i = 0; i < 4; i++)
		fd[i] = client_open(&s);
	for (int i = 0; i < 2; i++) {
		client_say(fd[i], GET("/hold"));
		assert_true(wait_until(&s.held, i + 1));
	}
	client_say(fd[2], GET("/work"));
	client_say(fd[3], GET("/work"));
	refused = first_of(fd[2], fd[3]);
	queued = refused == fd[2] ? fd[3] : fd[2];
	assert_reply(refused, 503, "refused OVERLOADED");
	client_say(refused, GET("/fast"));
	assert_reply(refused, 200, NULL);
	sem_post(&s.gate);
	sem_post(&s.gate);
	assert_reply(fd[0], 200, NULL);
	assert_reply(fd[1], 200, NULL);
	assert_reply(queued, 200, NULL);
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	stub_stop(&s);
	assert_int_equal(s.ended, 4);
}

static void
test_connection_cap(void **state)
{
	struct http_options o = {.connections_max = 2};
	struct stub s;
	struct reply r;
	int a, b, c;

	stub_start(&s, &o);
	a = client_open(&s);
	client_say(a, GET("/a"));
	assert_reply(a, 200, NULL);
	b = client_open(&s);
	client_say(b, GET("/a"));
	assert_reply(b, 200, NULL);
	c = client_open(&s);
	r = client_reply(&arena, c, false);
	assert_int_equal(r.status, 503);
	assert_true(str_has(r.head, S("Retry-After: 1\r\n")));
	assert_true(client_sees_end(c));
	close(c);
	close(b);
	for (int i = 0; i < PATIENCE_MS && s.server->connections > 1; i++)
		usleep(1000);
	c = client_open(&s);
	client_say(c, GET("/a"));
	assert_reply(c, 200, NULL);
	close(a);
	close(c);
	stub_stop(&s);
}

/* valgrind counts descriptors itself: past the limit its accept() takes a connection and drops it.
 */
static bool
under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

static void
test_no_descriptors(void **state)
{
	struct rlimit before, tight;
	struct stub s;
	int a, b, next;

	if (under_valgrind())
		skip();
	stub_start(&s, NULL);
	a = client_open(&s);
	client_say(a, GET("/a"));
	assert_reply(a, 200, NULL);
	b = socket(AF_INET, SOCK_STREAM, 0);
	next = dup(a);
	assert_true(b >= 0 && next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	{
		struct sockaddr_in sa = {.sin_family = AF_INET,
					 .sin_port = htons((uint16_t)s.port)};

		sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		assert_int_equal(connect(b, (struct sockaddr *)&sa, sizeof(sa)), 0);
	}
	assert_reply(b, 503, NULL);
	client_say(a, GET("/a"));
	assert_reply(a, 200, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	close(b);
	b = client_open(&s);
	client_say(b, GET("/a"));
	assert_reply(b, 200, NULL);
	close(a);
	close(b);
	stub_stop(&s);
}

static void
test_hang_up(void **state)
{
	struct linger reset = {1, 0};
	struct stub s;
	int gone, half, after;

	stub_start(&s, NULL);
	gone = client_open(&s);
	half = client_open(&s);
	client_say(gone, GET("/hold"));
	assert_true(wait_until(&s.held, 1));
	client_say(half, GET("/hold"));
	assert_true(wait_until(&s.held, 2));
	setsockopt(gone, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(gone);
	shutdown(half, SHUT_WR);
	for (int i = 0; i < PATIENCE_MS && s.server->connections > 1; i++)
		usleep(1000);
	sem_post(&s.gate);
	sem_post(&s.gate);
	assert_reply(half, 200, "GET /hold [] 0 127.0.0.1");
	assert_true(client_sees_end(half));
	close(half);
	after = client_open(&s);
	client_say(after, GET("/work"));
	assert_reply(after, 200, NULL);
	assert_true(wait_until(&s.done, 2));
	close(after);
	stub_stop(&s);
}

static void *
asker(void *arg)
{
	const struct stub *s = arg;
	int fd = client_open(s);
	intptr_t bad = 0;

	for (int i = 0; i < 500; i++) {
		struct arena a;
		bool work = i % 3 == 0;

		arena_init(&a, 16 * 1024 * 1024);
		client_say(fd, work ? POST("/work", "Content-Length: 2\r\n\r\nab") : GET("/fast"));
		bad += !str_eq(client_reply(&a, fd, false).body,
			       work ? S("POST /work [ab] 2 127.0.0.1")
				    : S("GET /fast [] 0 127.0.0.1"));
		arena_release(&a);
	}
	close(fd);
	return (void *)bad;
}

static void
test_many(void **state)
{
	pthread_t threads[4];
	struct stub s;
	void *bad;

	stub_start(&s, NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, asker, &s), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(s.served, 2000);
	assert_true(wait_until(&s.done, 2000));
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pipeline),    TEST(long_pipeline), TEST(head),           TEST(continue),
		TEST(upload),      TEST(linger),        TEST(deadlines),      TEST(write_deadline),
		TEST(slow_reader), TEST(queue_full),    TEST(connection_cap), TEST(no_descriptors),
		TEST(hang_up),     TEST(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
