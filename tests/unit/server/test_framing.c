/* Raw requests, good and bad, and what the server makes of their framing. */
#include "stub.h"

#include <netinet/tcp.h>

#define H "Host: x\r\n"
#define GET "GET /a HTTP/1.1\r\n" H
#define POST "POST /a HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static struct stub stub;

static const struct row {
	const char *name;
	struct str request;
	int status;
	bool closes;
	const char *body; /* NULL: any */
} rows[] = {
	{"plain get", S(GET "\r\n"), 200, false, "GET /a [] 0 127.0.0.1"},
	{"query", S("GET /a?b=c?d HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "GET /a ?b=c?d [] 0 127.0.0.1"},
	{"empty query", S("GET /a? HTTP/1.1\r\n" H "\r\n"), 200, false, "GET /a ? [] 0 127.0.0.1"},
	{"escapes stay", S("GET /%2e/a%00 HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "GET /%2e/a%00 [] 0 127.0.0.1"},
	{"empty lines first", S("\r\n\r\n" GET "\r\n"), 200, false, "GET /a [] 0 127.0.0.1"},
	{"value trimmed", S(GET "X-1: \t a b \t\r\n\r\n"), 200, false,
	 "GET /a [] 0 127.0.0.1 X-1=<a b>"},
	{"empty value", S(GET "X-1:\r\nX-2: \r\n\r\n"), 200, false,
	 "GET /a [] 0 127.0.0.1 X-1=<> X-2=<>"},
	{"obs-text value", S(GET "X-1: caf\xe9\r\n\r\n"), 200, false,
	 "GET /a [] 0 127.0.0.1 X-1=<caf\xe9>"},
	{"tab in value", S(GET "X-1: a\tb\r\n\r\n"), 200, false,
	 "GET /a [] 0 127.0.0.1 X-1=<a\tb>"},
	{"absolute form", S("GET http://o:80/a?b HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "GET /a ?b [] 0 127.0.0.1"},
	{"absolute without path", S("GET HTTP://o HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "GET / [] 0 127.0.0.1"},
	{"absolute, query only", S("GET http://o?b HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "GET / ?b [] 0 127.0.0.1"},
	{"absolute, other scheme", S("GET ftp://o/a HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"asterisk", S("OPTIONS * HTTP/1.1\r\n" H "\r\n"), 200, false, "OPTIONS * [] 0 127.0.0.1"},
	{"asterisk for get", S("GET * HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"other known method", S("PROPFIND /a HTTP/1.1\r\n" H "\r\n"), 200, false,
	 "OTHER /a [] 0 127.0.0.1"},
	{"delete", S("DELETE /a HTTP/1.1\r\n" H "\r\n"), 200, false, "DELETE /a [] 0 127.0.0.1"},
	{"patch", S("PATCH /a HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx"), 200, false,
	 "PATCH /a [x] 1 127.0.0.1"},
	{"body", S(POST "Content-Length: 3\r\n\r\nabc"), 200, false, "POST /a [abc] 3 127.0.0.1"},
	{"body of a get", S(GET "Content-Length: 3\r\n\r\nabc"), 200, false,
	 "GET /a [abc] 3 127.0.0.1"},
	{"length 0", S(POST "Content-Length: 0\r\n\r\n"), 200, false, "POST /a [] 0 127.0.0.1"},
	{"chunks", S(CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200, false,
	 "POST /a [abcde] 5 127.0.0.1"},
	{"chunk extension", S(CHUNKED "3;a=b\r\nabc\r\n0;e\r\n\r\n"), 200, false,
	 "POST /a [abc] 3 127.0.0.1"},
	{"trailers", S(CHUNKED "1\r\na\r\n0\r\nX-1: b\r\nX-2: c\r\n\r\n"), 200, false,
	 "POST /a [a] 1 127.0.0.1"},
	{"no chunk", S(CHUNKED "0\r\n\r\n"), 200, false, "POST /a [] 0 127.0.0.1"},
	{"coding in capitals", S(POST "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), 200,
	 false, NULL},
	{"upgrade ignored", S(GET "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"), 200, false,
	 NULL},
	{"h2c ignored",
	 S(GET
	   "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n"),
	 200, false, NULL},
	{"upgrade with body",
	 S(POST "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nab"), 200, false,
	 "POST /a [ab] 2 127.0.0.1"},
	{"upgrade with chunks",
	 S(POST "Connection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: "
		"chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
	 200, false, NULL},
	{"close", S(GET "Connection: close\r\n\r\n"), 200, true, NULL},
	{"close in a list", S(GET "Connection: foo, Close\r\n\r\n"), 200, true, NULL},
	{"1.0", S("GET /a HTTP/1.0\r\n\r\n"), 200, true, NULL},
	{"1.0 keep-alive", S("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), 200, false,
	 NULL},
	{"1.0 with chunks", S("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	 400, true, NULL},
	{"service closes", S("GET /last HTTP/1.1\r\n" H "\r\n"), 200, true, NULL},
	{"no content", S("GET /204 HTTP/1.1\r\n" H "\r\n"), 204, false, ""},
	{"not modified", S("GET /304 HTTP/1.1\r\n" H "\r\n"), 304, false, ""},
	{"forgotten status", S("GET /mute HTTP/1.1\r\n" H "\r\n"), 500, false, "refused INTERNAL"},
	{"answer over the cap", S("GET /over HTTP/1.1\r\n" H "\r\n"), 500, false,
	 "refused INTERNAL"},
	{"empty host", S("GET /a HTTP/1.1\r\nHost:\r\n\r\n"), 200, false, NULL},
	{"expect, body there", S(POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx"), 200,
	 false, "POST /a [x] 1 127.0.0.1"},
	{"expect without body", S(GET "Expect: 100-continue\r\n\r\n"), 200, false, NULL},
	{"expect something else", S(GET "Expect: tea\r\n\r\n"), 200, false, NULL},

	{"no host", S("GET /a HTTP/1.1\r\n\r\n"), 400, true, "refused MALFORMED"},
	{"two hosts", S(GET "host: x\r\n\r\n"), 400, true, NULL},
	{"two hosts on 1.0", S("GET /a HTTP/1.0\r\n" H H "\r\n"), 400, true, NULL},
	{"list of hosts", S("GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400, true, NULL},
	{"host with path", S("GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, true, NULL},
	{"obs-fold", S(GET "X-1: a\r\n b\r\n\r\n"), 400, true, NULL},
	{"obs-fold by tab", S(GET "X-1: a\r\n\tb\r\n\r\n"), 400, true, NULL},
	{"fold before any field", S("GET /a HTTP/1.1\r\n Host: x\r\n\r\n"), 400, true, NULL},
	{"empty name", S(GET ": a\r\n\r\n"), 400, true, NULL},
	{"space before colon", S(GET "X-1 : a\r\n\r\n"), 400, true, NULL},
	{"space in name", S(GET "X 1: a\r\n\r\n"), 400, true, NULL},
	{"no colon", S(GET "X-1\r\n\r\n"), 400, true, NULL},
	{"name of high bytes", S(GET "X\xe9: a\r\n\r\n"), 400, true, NULL},
	{"bare lf lines", S("GET /a HTTP/1.1\nHost: x\n\n"), 400, true, NULL},
	{"bare lf in the middle", S("GET /a HTTP/1.1\r\nHost: x\nX-1: a\r\n\r\n"), 400, true, NULL},
	{"bare lf at the end", S(GET "X-1: a\r\n\n"), 400, true, NULL},
	{"bare cr in value", S(GET "X-1: a\rb\r\n\r\n"), 400, true, NULL},
	{"cr cr lf", S(GET "X-1: a\r\r\n\r\n"), 400, true, NULL},
	{"nul in value", S(GET "X-1: a\0b\r\n\r\n"), 400, true, NULL},
	{"nul in name", S(GET "X\0: b\r\n\r\n"), 400, true, NULL},
	{"nul in target", S("GET /\0 HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"control in value", S(GET "X-1: a\x01\r\n\r\n"), 400, true, NULL},
	{"del in value", S(GET "X-1: a\x7f\r\n\r\n"), 400, true, NULL},
	{"space in target", S("GET /a b HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"tab in target", S("GET /a\tb HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"control in target", S("GET /a\x01 HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"high byte in target", S("GET /\xe9 HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"fragment", S("GET /a#b HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"relative target", S("GET a HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"two spaces", S("GET  /a HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"two spaces before the version", S("GET /a  HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"space behind the version", S("GET /a HTTP/1.1 \r\n" H "\r\n"), 505, true, NULL},
	{"word behind the version", S("GET /a HTTP/1.1 x\r\n" H "\r\n"), 505, true, NULL},
	{"no target", S("GET HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"leading space", S(" GET /a HTTP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"tls greeting", S("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400, true, NULL},
	{"1.2", S("GET /a HTTP/1.2\r\n" H "\r\n"), 505, true, "refused HTTP_VERSION"},
	{"2.0", S("GET /a HTTP/2.0\r\n" H "\r\n"), 505, true, NULL},
	{"0.9 written out", S("GET /a HTTP/0.9\r\n" H "\r\n"), 505, true, NULL},
	{"0.9", S("GET /a\r\n\r\n"), 505, true, NULL},
	{"preface of 2", S("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, true, NULL},
	{"other protocol", S("GET /a SIP/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"lower-case protocol", S("GET /a http/1.1\r\n" H "\r\n"), 400, true, NULL},
	{"unknown method", S("BREW /a HTTP/1.1\r\n" H "\r\n"), 501, true,
	 "refused NOT_IMPLEMENTED"},
	{"lower-case method", S("get /a HTTP/1.1\r\n" H "\r\n"), 501, true, NULL},
	{"method with a tail", S("GETS /a HTTP/1.1\r\n" H "\r\n"), 501, true, NULL},
	{"method of rtsp", S("DESCRIBE /a HTTP/1.1\r\n" H "\r\n"), 501, true, NULL},
	{"connect", S("CONNECT a:443 HTTP/1.1\r\n" H "\r\n"), 501, true, NULL},
	{"length with plus", S(POST "Content-Length: +5\r\n\r\nabcde"), 400, true, NULL},
	{"negative length", S(POST "Content-Length: -5\r\n\r\nabcde"), 400, true, NULL},
	{"hex length", S(POST "Content-Length: 0x5\r\n\r\nabcde"), 400, true, NULL},
	{"empty length", S(POST "Content-Length:\r\n\r\nabcde"), 400, true, NULL},
	{"length with a space", S(POST "Content-Length: 1 2\r\n\r\nabcde"), 400, true, NULL},
	{"fractional length", S(POST "Content-Length: 5.0\r\n\r\nabcde"), 400, true, NULL},
	{"list of lengths", S(POST "Content-Length: 5, 5\r\n\r\nabcde"), 400, true, NULL},
	{"same length twice", S(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"), 400,
	 true, NULL},
	{"two lengths", S(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"), 400, true,
	 NULL},
	{"length past 64 bits", S(POST "Content-Length: 18446744073709551617\r\n\r\n"), 400, true,
	 NULL},
	{"length past 63 bits", S(POST "Content-Length: 18446744073709551615\r\n\r\n"), 413, true,
	 NULL},
	{"coding and length",
	 S(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400, true,
	 NULL},
	{"length and coding",
	 S(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, true,
	 NULL},
	{"identity", S(POST "Transfer-Encoding: identity\r\n\r\n"), 400, true, NULL},
	{"gzip, chunked", S(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400, true,
	 NULL},
	{"chunked, gzip", S(POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400, true,
	 NULL},
	{"chunked twice",
	 S(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
	 true, NULL},
	{"chunked by vertical tab",
	 S(POST "Transfer-Encoding: \x0b"
		"chunked\r\n\r\n0\r\n\r\n"),
	 400, true, NULL},
	{"xchunked", S(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400, true, NULL},
	{"empty coding", S(POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n"), 400, true, NULL},
	{"chunk size not hex", S(CHUNKED "g\r\n"), 400, true, NULL},
	{"chunk size with 0x", S(CHUNKED "0x1\r\na\r\n0\r\n\r\n"), 400, true, NULL},
	{"chunk size negative", S(CHUNKED "-1\r\n"), 400, true, NULL},
	{"chunk size missing", S(CHUNKED "\r\nabc"), 400, true, NULL},
	{"chunk size past 64 bits", S(CHUNKED "10000000000000000\r\n"), 400, true, NULL},
	{"chunk with bare lf", S(CHUNKED "1\na\r\n0\r\n\r\n"), 400, true, NULL},
	{"chunk longer than told", S(CHUNKED "1\r\nab\r\n0\r\n\r\n"), 400, true, NULL},
	{"extension with bare lf", S(CHUNKED "1;a\na\r\n0\r\n\r\n"), 400, true, NULL},
	{"trailer with bare lf", S(CHUNKED "0\r\nX-1: a\n\r\n"), 400, true, NULL},
	{"folded trailer", S(CHUNKED "0\r\n b\r\n\r\n"), 400, true, NULL},
	{"bare lf at the end of chunks", S(CHUNKED "0\r\n\n"), 400, true, NULL},
	{"huge chunk", S(CHUNKED "fffffff\r\n"), 413, true, "refused TOO_LARGE"},
	{"body over the limit", S(POST "Content-Length: 1001\r\n\r\n"), 413, true,
	 "refused TOO_LARGE"},
	{"chunks over the limit",
	 S(CHUNKED "3e8\r\n" X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
		   "\r\n1\r\nx\r\n0\r\n\r\n"),
	 413, true, NULL},
	{"chunks up to the limit",
	 S(CHUNKED "3e8\r\n" X100 X100 X100 X100 X100 X100 X100 X100 X100 X100 "\r\n0\r\n\r\n"),
	 200, false, NULL},
	{"answered without a body", S("GET /answered HTTP/1.1\r\n" H "\r\n"), 401, false,
	 "answered"},
	{"answered before the body",
	 S("POST /answered HTTP/1.1\r\n" H "Content-Length: 900\r\n\r\nabc"), 401, true,
	 "answered"},
};

/* Asks once more, to see that the connection lives and that nothing of the last request was left
 * over. */
static bool
goes_on(struct arena *a, int fd)
{
	struct reply r;

	client_say(fd, "GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
	r = client_reply(a, fd, false);
	return str_eq(r.body, S("GET /again [] 0 127.0.0.1"));
}

static void
check(const struct row *row, struct arena *a, int fd)
{
	struct reply r = client_reply(a, fd, row->status == 204 || row->status == 304);

	if (r.status != row->status)
		wrong("%s: got %d, want %d", row->name, r.status, row->status);
	if (row->body != NULL && !str_eq(r.body, str_of(row->body)))
		wrong("%s: got \"%.*s\"", row->name, STR_ARG(r.body));
	if (r.says_close != row->closes)
		wrong("%s: Connection: close is %d", row->name, r.says_close);
	if (!str_has(r.head, S("\r\nX-Common: yes\r\n")) || !str_has(r.head, S("\r\nDate: ")))
		wrong("%s: header missing", row->name);
	if (row->closes ? !client_sees_end(fd) : !goes_on(a, fd))
		wrong("%s: the connection is not as it should be", row->name);
}

static void
test_at_once(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a;
		int fd = client_open(&stub);

		arena_init(&a, 64 * 1024 * 1024);
		client_send(fd, rows[i].request.p, rows[i].request.n);
		check(&rows[i], &a, fd);
		arena_release(&a);
		close(fd);
	}
}

static void
test_byte_by_byte(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a;
		int fd, on = 1;

		if (rows[i].request.n > 300)
			continue;
		fd = client_open(&stub);
		arena_init(&a, 64 * 1024 * 1024);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		for (size_t k = 0; k < rows[i].request.n; k++) {
			client_send(fd, rows[i].request.p + k, 1);
			if (k % 8 == 0)
				usleep(100);
		}
		if (!str_has(rows[i].request, S("100-continue")))
			check(&rows[i], &a, fd);
		arena_release(&a);
		close(fd);
	}
}

static void
check_long(const char *lead, char fill, size_t n, const char *tail, int status)
{
	struct arena a;
	struct buf b;
	int fd = client_open(&stub);
	struct reply r;

	arena_init(&a, 64 * 1024 * 1024);
	buf_init_arena(&b, &a, 1024 * 1024);
	buf_z(&b, lead);
	while (n-- > 0)
		buf_char(&b, fill);
	buf_z(&b, tail);
	client_send(fd, b.p, b.n);
	r = client_reply(&a, fd, false);
	assert_int_equal(r.status, status);
	if (status != 200)
		assert_true(r.says_close && client_sees_end(fd));
	arena_release(&a);
	close(fd);
}

static void
test_lengths(void **state)
{
	static const char tail[] = " HTTP/1.1\r\nHost: x\r\n\r\n";

	check_long("GET /", 'a', HTTP_TARGET_MAX - 1, tail, 200);
	check_long("GET /", 'a', HTTP_TARGET_MAX, tail, 414);
	check_long("GET /", 'a', 20000, tail, 414);
	check_long("GET /", 'a', 40000, "", 414);
	check_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", 'a', 15000, "\r\n\r\n", 200);
	check_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", 'a', 16500, "\r\n\r\n", 431);
	check_long("GET / HTTP/1.1\r\nHost: x\r\nX: ", 'a', 200000, "", 431);
	check_long("X", 'X', 40000, "", 431);
	check_long(CHUNKED "1;", 'a', 40000, "\r\nx\r\n0\r\n\r\n", 400);
	check_long(CHUNKED "", '0', 40000, "1\r\nx\r\n0\r\n\r\n", 400);
	check_long(CHUNKED "0\r\nX: ", 'a', 40000, "\r\n\r\n", 400);
	check_long(CHUNKED "0\r\nX: ", 'a', 4000, "\r\n\r\n", 200);
}

static void
test_header_count(void **state)
{
	for (int extra = HTTP_HEADERS_MAX - 1; extra <= HTTP_HEADERS_MAX; extra++) {
		struct arena a;
		struct buf b;
		int fd = client_open(&stub);

		arena_init(&a, 64 * 1024 * 1024);
		buf_init_arena(&b, &a, 1024 * 1024);
		buf_z(&b, GET);
		for (int i = 0; i < extra; i++)
			buf_z(&b, "Xyz-W: 1\r\n");
		buf_z(&b, "\r\n");
		client_send(fd, b.p, b.n);
		assert_int_equal(client_reply(&a, fd, false).status,
				 extra < HTTP_HEADERS_MAX ? 200 : 431);
		arena_release(&a);
		close(fd);
	}
}

static int
start(void **state)
{
	stub_start(&stub, NULL);
	return 0;
}

static int
stop(void **state)
{
	stub_stop(&stub);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_header_count),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
