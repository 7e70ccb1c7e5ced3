/* Requests whose body nobody reads: the answer waits for none of it, on a loop as on a worker, and
 * what comes after the head is never taken for a request. */
#include "stub.h"

#define HEAD(path) "POST " path " HTTP/1.1\r\nHost: x\r\n"
#define SMUGGLED "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

static struct arena arena;

static void
answers_and_closes(struct stub *s, const char *head, const char *body)
{
	int fd = client_open(s), served = s->served;
	struct reply r;

	client_say(fd, head);
	r = client_reply(&arena, fd, false);
	assert_int_equal(r.status, 200);
	assert_true(r.says_close);
	assert_true(str_has(r.body, S(" [] 0 ")));
	client_say(fd, body);
	client_say(fd, SMUGGLED);
	assert_true(client_sees_end(fd));
	assert_int_equal(s->served, served + 1);
	close(fd);
}

static void
test_body(void **state)
{
	static const struct {
		const char *framing, *body;
	} rows[] = {
		{"Content-Length: 5\r\n\r\n", "hello"},
		{"Content-Length: 5\r\n\r\nhello", ""},
		{"Content-Length: 5\r\n\r\nhel", "lo"},
		{"Content-Length: 27\r\n\r\n", SMUGGLED},
		{"Content-Length: 5\r\n\r\nhello" SMUGGLED, SMUGGLED},
		{"Content-Length: 1000000000000\r\n\r\n", "the first of many"},
		{"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", "hello"},
		{"Transfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"},
		{"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ""},
		{"Transfer-Encoding: chunked\r\n\r\n", "no chunk at all\r\n\r\n"},
	};
	struct stub s;

	stub_start(&s, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char head[256];

		snprintf(head, sizeof(head), HEAD("/unread") "%s", rows[i].framing);
		answers_and_closes(&s, head, rows[i].body);
		snprintf(head, sizeof(head), HEAD("/unread/work") "%s", rows[i].framing);
		answers_and_closes(&s, head, rows[i].body);
	}
	assert_int_equal(s.refused, 0);
	stub_stop(&s);
}

/* Without a body the connection goes on. */
static void
test_no_body(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	for (int i = 0; i < 3; i++) {
		client_say(fd, HEAD("/unread") "\r\n" HEAD(
				       "/unread/work") "Content-Length: 0\r\n\r\n" SMUGGLED);
		assert_false(client_reply(&arena, fd, false).says_close);
		assert_false(client_reply(&arena, fd, false).says_close);
		assert_str(client_reply(&arena, fd, false).body, S("GET /a [] 0 127.0.0.1"));
	}
	close(fd);
	stub_stop(&s);
}

/* Framing that could be read in two ways is refused as ever. */
static void
test_bad_framing(void **state)
{
	struct stub s;
	int fd;

	stub_start(&s, NULL);
	fd = client_open(&s);
	client_say(fd, HEAD("/unread") "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(client_reply(&arena, fd, false).status, 400);
	assert_true(client_sees_end(fd));
	close(fd);
	assert_int_equal(s.served, 0);
	stub_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_no_body),
		cmocka_unit_test(test_bad_framing),
	};
	struct http_tuning quick = {
		.head = HTTP_HEAD_DEADLINE,
		.request = HTTP_REQUEST_DEADLINE,
		.idle = HTTP_IDLE_DEADLINE,
		.write = HTTP_WRITE_DEADLINE,
		.linger = 300 * MILLISECOND,
		.sweep = 20 * MILLISECOND,
	};
	int failed;

	arena_init(&arena, 16 << 20);
	http_tune(&quick);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
