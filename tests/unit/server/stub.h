/* A service that tells what it was asked, and a client that speaks raw bytes to it; every wait has
 * an end. */
#ifndef TESTS_STUB_H
#define TESTS_STUB_H

#include "../unit.h"

#include "crypto/spool.h"
#include "server/conn.h"
#include "server/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* cmocka's own fail_msg() stands on fail(), which base/ctx.h has taken. */
#define wrong(...)                                                                                 \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		_fail(__FILE__, __LINE__);                                                         \
	} while (0)

#define PATIENCE_MS 60000
#define REPLY_HEAD_ROOM 4096
#define STUB_BODY_LIMIT 1000

struct stub {
	struct http_server *server;
	_Atomic int served, done, refused, ended, held;
	sem_t gate; /* /hold waits for it on its worker */
	int port;
};

static inline enum http_next
stub_head(void *arg, struct exchange *ex)
{
	struct str path = ex->request.path;

	ex->body_limit = STUB_BODY_LIMIT;
	if (str_eq(path, S("/upload")))
		ex->body_limit = 2 * 1024 * 1024;
	if (str_starts(path, S("/file"))) {
		ex->body_limit = 4 * 1024 * 1024;
		ex->upload_folder = str_eq(path, S("/file/nowhere")) ? S("/nowhere") : S("/tmp");
		if (str_starts(path, S("/file/of/")))
			memset(&ex->upload_of, path.p[9], sizeof(ex->upload_of));
	}
	ex->body_unread = str_starts(path, S("/unread"));
	if (str_eq(path, S("/answered"))) {
		ex->answer.status = 401;
		ex->answer.content_type = S("text/plain");
		buf_z(&ex->answer.body, "answered");
		return HTTP_ANSWERED;
	}
	if (str_ends(path, S("/work")) || str_eq(path, S("/hold")))
		return HTTP_WORK;
	return HTTP_FAST;
}

static inline void
stub_tell(struct exchange *ex)
{
	const struct http_request *rq = &ex->request;
	struct buf *b = &ex->answer.body;

	ex->answer.status = 200;
	ex->answer.content_type = S("text/plain");
	buf_printf(b, "%.*s %.*s", STR_ARG(method_name(rq->method)), STR_ARG(rq->path));
	if (!str_absent(rq->query))
		buf_printf(b, " ?%.*s", STR_ARG(rq->query));
	buf_printf(b, " [%.*s] %zu %.*s", rq->body.n > 100 ? 0 : (int)rq->body.n, rq->body.p,
		   rq->body.n, STR_ARG(rq->peer));
	for (size_t i = 0; i < rq->header_count; i++)
		if (rq->headers[i].name.n == 3)
			buf_printf(b, " %.*s=<%.*s>", STR_ARG(rq->headers[i].name),
				   STR_ARG(rq->headers[i].value));
}

/* What came, as a file. */
static inline void
stub_echo(struct exchange *ex)
{
	struct spool *s;
	struct str piece;

	assert_int_equal(spool_open(S("/tmp"), &s), OK);
	do {
		assert_int_equal(spool_read(ex->request.upload, &piece), OK);
		assert_int_equal(spool_add(s, piece.p, piece.n), OK);
	} while (piece.n > 0);
	assert_int_equal(spool_rewind(s), OK);
	ex->answer.status = 200;
	ex->answer.content_type = S("text/plain");
	ex->answer.file = s;
}

static inline void
stub_serve(void *arg, struct exchange *ex)
{
	struct stub *s = arg;
	struct str path = ex->request.path;

	s->served++;
	if (ex->request.upload != NULL) {
		stub_echo(ex);
		return;
	}
	if (str_eq(path, S("/hold"))) {
		s->held++;
		sem_wait(&s->gate);
	}
	stub_tell(ex);
	if (str_eq(path, S("/204")) || str_eq(path, S("/304")))
		ex->answer.status = path.p[1] == '2' ? 204 : 304;
	if (str_eq(path, S("/last")))
		ex->answer.close = true;
	if (str_eq(path, S("/mute")))
		ex->answer.status = 0;
	if (str_eq(path, S("/big")))
		for (int i = 0; i < 2 * 1024 * 1024 / 16; i++)
			buf_z(&ex->answer.body, "0123456789abcde\n");
	if (str_eq(path, S("/over")))
		for (int i = 0; i < HTTP_BODY_CAP / 16 + 1; i++)
			buf_z(&ex->answer.body, "0123456789abcde\n");
}

static inline void
stub_refuse(void *arg, struct exchange *ex, enum err e)
{
	struct stub *s = arg;

	s->refused++;
	ex->answer.status = err_row(e)->status;
	ex->answer.content_type = S("text/plain");
	buf_printf(&ex->answer.body, "refused %s", err_row(e)->name);
}

static inline void
stub_done(void *arg, struct exchange *ex)
{
	struct stub *s = arg;

	s->done++;
}

static inline void
stub_thread_end(void *arg)
{
	struct stub *s = arg;

	s->ended++;
}

static inline void
stub_start(struct stub *s, const struct http_options *wanted)
{
	struct http_service service = {.arg = s,
				       .head = stub_head,
				       .serve = stub_serve,
				       .refuse = stub_refuse,
				       .done = stub_done,
				       .thread_end = stub_thread_end,
				       .common_headers = S("X-Common: yes\r\n")};
	struct http_options o = wanted ? *wanted : (struct http_options){0};
	struct str address;
	struct buf problem;
	int64_t port;

	*s = (struct stub){0};
	sem_init(&s->gate, 0, 0);
	if (o.listen.n == 0)
		o.listen = S("127.0.0.1:0");
	if (o.inherited_fd == 0)
		o.inherited_fd = -1;
	if (o.loops == 0)
		o.loops = 2;
	if (o.workers_max == 0)
		o.workers_max = 4;
	if (o.queue_max == 0)
		o.queue_max = 64;
	buf_init(&problem, 1024);
	if (http_start(&o, &service, &s->server, &problem) != OK)
		wrong("http_start: %.*s", STR_ARG(buf_view(&problem)));
	buf_release(&problem);
	address = http_address(s->server);
	if (str_starts(address, S("127.0.0.1:")) && str_int(str_from(address, 10), &port))
		s->port = (int)port;
}

static inline void
stub_stop(struct stub *s)
{
	http_stop(s->server, MINUTE);
	sem_destroy(&s->gate);
}

static inline int
client_open(const struct stub *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)s->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static inline void
client_send(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0)
			return;
		p += k;
		n -= (size_t)k;
	}
}

static inline void
client_say(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

struct reply {
	struct str head, body;
	int status;
	bool says_close;
};

/* More bytes behind n in p; 0 at the end, -1 when nothing came in time or the connection broke. */
static inline ssize_t
client_more(int fd, char *p, size_t n, size_t room)
{
	struct pollfd pf = {.fd = fd, .events = POLLIN};

	if (poll(&pf, 1, PATIENCE_MS) <= 0)
		return -1;
	return recv(fd, p + n, room - n, 0);
}

/* One answer; what comes behind it is left in the socket. Memory is the arena's. */
static inline struct reply
client_reply(struct arena *a, int fd, bool bodiless)
{
	char *p = arena_alloc(a, REPLY_HEAD_ROOM);
	size_t n = 0, length = 0;
	struct reply r = {0};
	const char *field;

	while (n < 4 || memcmp(p + n - 4, "\r\n\r\n", 4) != 0) {
		if (n == REPLY_HEAD_ROOM - 1 || client_more(fd, p, n, n + 1) != 1)
			return r;
		n++;
	}
	r.head = (struct str){p, n};
	field = strstr(p, "Content-Length: ");
	if (field != NULL)
		length = strtoul(field + 16, NULL, 10);
	r.status = (int)strtol(p + 9, NULL, 10);
	r.says_close = strstr(p, "Connection: close\r\n") != NULL;
	p = arena_alloc(a, length + 1);
	r.body.p = p;
	while (!bodiless && r.body.n < length) {
		ssize_t k = client_more(fd, p, r.body.n, length);

		if (k <= 0)
			break;
		r.body.n += (size_t)k;
	}
	return r;
}

/* The other end closes, in order, without another byte. */
static inline bool
client_sees_end(int fd)
{
	char c;

	return client_more(fd, &c, 0, 1) == 0;
}

static inline bool
wait_until(const _Atomic int *count, int least)
{
	for (int i = 0; i < PATIENCE_MS && *count < least; i++)
		usleep(1000);
	return *count >= least;
}

#endif
