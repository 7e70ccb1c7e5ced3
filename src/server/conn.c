/*
 * A connection from its first byte to its last. One request is in flight at a time; what a client
 * sends ahead waits in the input buffer, which is bounded (receive.c). The states are few: greeting
 * (TLS), reading a head, reading a body, being served, writing what the socket did not take at
 * once, and lingering: after a last answer to a client that may still be sending, its bytes are
 * read and dropped for a moment, since closing at once would reset the connection and could destroy
 * the answer on its way (RFC 9112 9.6).
 */
#include "base/metrics.h"
#include "crypto/spool.h"
#include "crypto/tls.h"
#include "server/link.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_BYTES ((size_t)1024 * 1024)
#define BODY_LIMIT ((size_t)64 * 1024)  /* until head() says otherwise */
#define PROGRESS ((size_t)16 * 1024)    /* taking so much renews the write deadline */
#define UPLOAD_PACE ((size_t)64 * 1024) /* bytes of an upload that earn it a second more */
#define NEVER INT64_MAX

enum step { STEP_WAIT, STEP_AGAIN, STEP_GONE };

static enum step
gone(struct conn *c)
{
	conn_free(c);
	return STEP_GONE;
}

static enum step
enter_linger(struct conn *c)
{
	if (c->ssl != NULL)
		tls_bye(c->ssl);
	shutdown(c->fd, SHUT_WR);
	c->state = LINK_LINGER;
	c->deadline = clock_mono() + c->loop->server->tuning.linger;
	return STEP_AGAIN;
}

/* Nothing of a request has come, nor waits in the socket. */
static bool
is_at_rest(const struct conn *c)
{
	char ch;

	return c->state == LINK_HEAD && c->started_at == 0 &&
	       recv(c->fd, &ch, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

static enum step
await_next(struct conn *c)
{
	c->state = LINK_HEAD;
	c->started_at = 0;
	c->deadline = clock_mono() + c->loop->server->tuning.idle;
	return STEP_AGAIN;
}

/* The answer is with the kernel. */
static enum step
answered(struct conn *c)
{
	c->loop->answered = true;
	if (!c->closing)
		return await_next(c);
	if (c->eof || (!c->linger && evbuffer_get_length(c->in) == 0))
		return gone(c);
	return enter_linger(c);
}

static void
fill_refusal(struct conn *c, enum err e)
{
	const struct http_service *service = &c->loop->server->service;
	struct exchange *ex = &c->flight->exchange;

	spool_free(ex->answer.file);
	http_answer_init(&ex->answer, &ex->arena);
	service->refuse(service->arg, ex, e);
	if (ex->answer.status == 0)
		ex->answer.status = err_row(e)->status;
}

/* What the socket has not taken yet, and what has not been offered to it. */
static enum step
go_on_writing(struct conn *c)
{
	if (!reply_more(c))
		return gone(c);
	c->unsent = evbuffer_get_length(bufferevent_get_output(c->bev));
	if (c->unsent == 0)
		return answered(c);
	c->state = LINK_WRITING;
	c->deadline = clock_mono() + c->loop->server->tuning.write;
	return STEP_WAIT;
}

static enum step
answer(struct conn *c)
{
	const struct http_service *service = &c->loop->server->service;
	struct flight *f = c->flight;
	struct http_answer *an = &f->exchange.answer;
	bool sound;

	if (an->head.full || an->body.full || an->status == 0)
		fill_refusal(c, ERR_INTERNAL);
	if (an->close || c->loop->order != ORDER_NONE) {
		c->linger |= c->message.keep_alive;
		c->closing = true;
	}
	c->closing |= !c->message.keep_alive;
	sound = reply_send(c, f);
	if (service->done != NULL)
		service->done(service->arg, &f->exchange);
	c->flight = NULL;
	flight_done(f);
	if (!sound)
		return gone(c);
	return go_on_writing(c);
}

/* An answer by the layer itself, after which the framing is lost. */
static enum step
refuse(struct conn *c, enum err e)
{
	c->closing = c->linger = true;
	fill_refusal(c, e);
	return answer(c);
}

static void
begin_flight(struct conn *c)
{
	struct flight *f = flight_new(c->loop);
	struct exchange *ex = &f->exchange;

	c->flight = f;
	f->conn = c;
	ex->started_at = c->started_at;
	ex->body_limit = BODY_LIMIT;
	ex->body_unread = false;
	ex->request =
		(struct http_request){.path = S(""), .peer = str_copy(&ex->arena, str_of(c->peer))};
	http_answer_init(&ex->answer, &ex->arena);
}

static enum step
dispatch(struct conn *c)
{
	const struct http_service *service = &c->loop->server->service;
	struct flight *f = c->flight;

	f->exchange.request.body = buf_view(&f->body);
	if (f->exchange.request.upload != NULL && spool_rewind(f->exchange.request.upload) != OK) {
		fill_refusal(c, ERR_UNAVAILABLE);
		return answer(c);
	}
	if (f->fast) {
		service->serve(service->arg, &f->exchange);
		return answer(c);
	}
	c->state = LINK_SERVING;
	c->deadline = NEVER;
	if (pool_submit(c->loop->server->pool, f)) {
		c->loop->flights_out++;
		c->loop->server->at_work++;
		return STEP_WAIT;
	}
	fill_refusal(c, ERR_OVERLOADED);
	return answer(c);
}

static enum step
expect_body(struct conn *c)
{
	struct flight *f = c->flight;
	enum err e = OK;

	if (!str_absent(f->exchange.upload_folder))
		e = flight_upload(f);
	if (e != OK)
		return refuse(c, e);
	buf_init(&f->body, f->exchange.body_limit + 1);
	c->state = LINK_BODY;
	c->deadline = c->started_at + c->loop->server->tuning.request;
	if (c->message.expects_continue && evbuffer_get_length(c->in) == 0 &&
	    !reply_bytes(c, S("HTTP/1.1 100 Continue\r\n\r\n")))
		return gone(c);
	return STEP_AGAIN;
}

/* The head is read and in order. */
static enum step
begin(struct conn *c)
{
	const struct http_service *service = &c->loop->server->service;
	struct flight *f = c->flight;
	bool body = c->message.chunked || c->message.left > 0;
	enum http_next next = service->head(service->arg, &f->exchange);

	if (body && (next == HTTP_ANSWERED || f->exchange.body_unread)) {
		c->closing = c->linger = true;
		body = false;
	}
	if (next == HTTP_ANSWERED)
		return answer(c);
	f->fast = next == HTTP_FAST;
	if (!body)
		return dispatch(c);
	if (c->message.left > 0 && (uint64_t)c->message.left > f->exchange.body_limit)
		return refuse(c, ERR_TOO_LARGE);
	return expect_body(c);
}

/* Empty lines ahead of a request are passed over (RFC 9112 2.2). false: nothing else is there. */
static bool
first_byte(struct conn *c, struct evbuffer *in)
{
	char two[2];

	while (evbuffer_copyout(in, two, 2) == 2 && two[0] == '\r' && two[1] == '\n')
		evbuffer_drain(in, 2);
	if (evbuffer_copyout(in, two, 1) < 1 || (two[0] == '\r' && evbuffer_get_length(in) == 1))
		return false;
	c->started_at = clock_mono();
	c->deadline = c->started_at + c->loop->server->tuning.head;
	c->scan = (struct head_scan){0};
	return true;
}

/* What no request can begin with (a TLS greeting, say) is not waited for. */
static bool
is_letter(char ch)
{
	return (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
}

/* The order to stop may have come while an answer was written. */
static enum step
await_first_byte(struct conn *c)
{
	if (c->loop->order != ORDER_NONE && is_at_rest(c))
		return enter_linger(c);
	return STEP_WAIT;
}

static enum step
on_head(struct conn *c)
{
	struct evbuffer *in = c->in;
	size_t n, end = 0;
	const char *p;
	enum err e;

	if (evbuffer_get_length(in) == 0 || (c->started_at == 0 && !first_byte(c, in)))
		return await_first_byte(c);
	n = evbuffer_get_length(in);
	p = (const char *)evbuffer_pullup(in, -1);
	e = is_letter(*p) ? head_scan(&c->scan, p, n, &end) : ERR_MALFORMED;
	if (e == OK && (end > 0 ? end : n) > HTTP_HEAD_MAX)
		e = head_oversize(p, n);
	else if (e == OK && end == 0)
		return STEP_WAIT;
	begin_flight(c);
	if (e != OK)
		return refuse(c, e);
	p = arena_copy(&c->flight->exchange.arena, p, end);
	evbuffer_drain(in, end);
	e = head_read(&c->message, &c->flight->exchange.arena, &c->flight->exchange.request,
		      c->loop->headers, p, end);
	return e == OK ? begin(c) : refuse(c, e);
}

/* Moves what has come into the file; a large body may take the time that a slow line needs. */
static enum err
keep_upload(struct conn *c)
{
	struct flight *f = c->flight;
	enum err e = spool_add(f->exchange.request.upload, f->body.p, f->body.n);

	buf_clear(&f->body);
	c->deadline = c->started_at + c->loop->server->tuning.request +
		      (int64_t)(c->message.content / UPLOAD_PACE) * SECOND;
	return e;
}

static enum step
on_body(struct conn *c)
{
	struct flight *f = c->flight;
	bool whole;
	enum err e = body_take(&c->message, c->in, &f->body, f->exchange.body_limit, &whole);

	if (e == OK && f->exchange.request.upload != NULL)
		e = keep_upload(c);
	if (e != OK)
		return refuse(c, e);
	return whole ? dispatch(c) : STEP_WAIT;
}

static enum step
on_linger(struct conn *c)
{
	struct evbuffer *in = c->in;
	size_t n = evbuffer_get_length(in);

	evbuffer_drain(in, n);
	c->dropped += n;
	return c->dropped > LINGER_BYTES ? gone(c) : STEP_WAIT;
}

static void
run(struct conn *c, enum step s)
{
	while (s == STEP_AGAIN) {
		switch (c->state) {
		case LINK_HEAD:
			s = on_head(c);
			break;
		case LINK_BODY:
			s = on_body(c);
			break;
		case LINK_LINGER:
			s = on_linger(c);
			break;
		case LINK_GREETING:
		case LINK_SERVING:
		case LINK_WRITING:
			s = STEP_WAIT;
			break;
		}
	}
	if (s == STEP_GONE)
		return;
	if (c->eof && c->state != LINK_SERVING && c->state != LINK_WRITING)
		conn_free(c);
	else
		receive_pace(c);
}

void
conn_received(struct conn *c)
{
	run(c, STEP_AGAIN);
}

static void
readable(struct bufferevent *bev, void *arg)
{
	conn_received(arg);
}

static void
writable(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->state == LINK_WRITING)
		run(c, go_on_writing(c));
}

static void
happened(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	if (what & BEV_EVENT_CONNECTED) {
		c->state = LINK_HEAD;
		c->deadline = clock_mono() + c->loop->server->tuning.idle;
	} else if (what & BEV_EVENT_EOF && c->state != LINK_GREETING) {
		c->eof = true;
		run(c, STEP_AGAIN);
	} else {
		conn_free(c);
	}
}

struct conn *
conn_new(struct loop *l, int fd, const char *peer)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->fd = fd;
	c->state = l->server->tls != NULL ? LINK_GREETING : LINK_HEAD;
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	l->server->connections++;
	metric_count(METRIC_CONNECTIONS_TAKEN);
	metric_count(METRIC_CONNECTIONS_OPEN);
	return c;
}

static struct bufferevent *
stream_new(struct conn *c)
{
	struct loop *l = c->loop;
	struct bufferevent *bev;
	struct ssl_st *ssl;

	if (l->server->tls == NULL)
		return bufferevent_socket_new(l->base, c->fd, BEV_OPT_CLOSE_ON_FREE);
	if (tls_accept(l->server->tls, &ssl) != OK)
		return NULL;
	bev = bufferevent_openssl_socket_new(l->base, c->fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		tls_drop(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	c->ssl = ssl;
	return bev;
}

void
conn_start(struct conn *c)
{
	struct loop *l = c->loop;
	const struct http_tuning *tuning = &l->server->tuning;

	c->deadline = clock_mono() + (c->state == LINK_GREETING ? tuning->head : tuning->idle);
	loop_watch(l, c);
	c->bev = stream_new(c);
	if (c->bev == NULL) {
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->bev, readable, writable, happened, c);
	if (!receive_start(c))
		conn_free(c);
}

void
conn_finished(struct conn *c)
{
	c->state = LINK_WRITING;
	if (c->flight->dropped)
		conn_free(c);
	else
		run(c, answer(c));
}

void
conn_expire(struct conn *c, int64_t now)
{
	size_t unsent;

	if (now < c->deadline)
		return;
	if (c->state == LINK_WRITING) {
		unsent = evbuffer_get_length(bufferevent_get_output(c->bev));
		if (unsent + PROGRESS <= c->unsent) {
			c->unsent = unsent;
			c->deadline = now + c->loop->server->tuning.write;
			return;
		}
	}
	if (c->state == LINK_BODY || (c->state == LINK_HEAD && c->started_at != 0)) {
		if (c->flight == NULL)
			begin_flight(c);
		run(c, refuse(c, ERR_TIMEOUT));
		return;
	}
	conn_free(c);
}

void
conn_wind_up(struct conn *c)
{
	if (c->state == LINK_GREETING || is_at_rest(c))
		conn_free(c);
}

void
conn_discard(struct conn *c)
{
	c->loop->server->connections--;
	metric_add(METRIC_CONNECTIONS_OPEN, -1);
	spool_free(c->file);
	receive_end(c);
	if (c->ssl != NULL)
		tls_bye(c->ssl);
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	else
		close(c->fd);
	free(c);
}

void
conn_free(struct conn *c)
{
	struct loop *l = c->loop;

	if (c->state == LINK_GREETING)
		metric_count(METRIC_TLS_FAILED);
	if (c->flight != NULL && c->state == LINK_SERVING)
		c->flight->conn = NULL;
	else if (c->flight != NULL)
		flight_done(c->flight);
	loop_unwatch(l, c);
	conn_discard(c);
	loop_check_end(l);
}
