/*
 * The bytes of an answer (RFC 9112). Head and body are put into one piece and offered to the socket
 * directly, which takes them nearly always; only what it leaves goes through the bufferevent, so
 * that a usual answer costs one system call and no change of the poll set. TLS always goes through
 * it.
 */
#include "crypto/spool.h"
#include "server/link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define FIXED_ROOM 256         /* status line, Date, Content-Length, Connection */
#define BODY_COPIED (8 * 1024) /* a longer body is sent from where it is */

static const struct {
	int status;
	struct str line;
} reasons[] = {
	{200, S("200 OK")},
	{201, S("201 Created")},
	{202, S("202 Accepted")},
	{204, S("204 No Content")},
	{206, S("206 Partial Content")},
	{301, S("301 Moved Permanently")},
	{302, S("302 Found")},
	{303, S("303 See Other")},
	{304, S("304 Not Modified")},
	{307, S("307 Temporary Redirect")},
	{308, S("308 Permanent Redirect")},
	{400, S("400 Bad Request")},
	{401, S("401 Unauthorized")},
	{403, S("403 Forbidden")},
	{404, S("404 Not Found")},
	{405, S("405 Method Not Allowed")},
	{406, S("406 Not Acceptable")},
	{408, S("408 Request Timeout")},
	{409, S("409 Conflict")},
	{410, S("410 Gone")},
	{412, S("412 Precondition Failed")},
	{413, S("413 Content Too Large")},
	{414, S("414 URI Too Long")},
	{415, S("415 Unsupported Media Type")},
	{422, S("422 Unprocessable Content")},
	{428, S("428 Precondition Required")},
	{429, S("429 Too Many Requests")},
	{431, S("431 Request Header Fields Too Large")},
	{500, S("500 Internal Server Error")},
	{501, S("501 Not Implemented")},
	{502, S("502 Bad Gateway")},
	{503, S("503 Service Unavailable")},
	{504, S("504 Gateway Timeout")},
	{505, S("505 HTTP Version Not Supported")},
};

static char *
put(char *at, struct str s)
{
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

static char *
put_number(char *at, size_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return put(at, (struct str){digits + i, sizeof(digits) - i});
}

static char *
put_status(char *at, int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return put(at, reasons[i].line);
	at = put_number(at, (size_t)status);
	return put(at, S(" "));
}

static char *
put_date(char *at, struct loop *l)
{
	int64_t now = clock_now();

	if (now / SECOND != l->date_second) {
		l->date_second = now / SECOND;
		time_http(l->date, now);
	}
	at = put(at, S("\r\nDate: "));
	return put(at, (struct str){l->date, HTTP_DATE_ROOM - 1});
}

static char *
put_head(char *at, struct conn *c, const struct http_answer *an, bool bodiless)
{
	at = put(at, S("HTTP/1.1 "));
	at = put_status(at, an->status);
	at = put_date(at, c->loop);
	if (!bodiless) {
		if (!str_absent(an->content_type)) {
			at = put(at, S("\r\nContent-Type: "));
			at = put(at, an->content_type);
		}
		at = put(at, S("\r\nContent-Length: "));
		at = put_number(at, an->file ? (size_t)spool_size(an->file) : an->body.n);
	}
	if (c->closing)
		at = put(at, S("\r\nConnection: close\r\n"));
	else if (c->message.old)
		at = put(at, S("\r\nConnection: keep-alive\r\n"));
	else
		at = put(at, S("\r\n"));
	at = put(at, buf_view(&c->loop->server->common));
	at = put(at, buf_view(&an->head));
	return put(at, S("\r\n"));
}

/* Bytes that the socket took, -1 when it is broken. */
static ssize_t
offer(int fd, struct iovec *v, size_t count)
{
	struct msghdr m = {.msg_iov = v, .msg_iovlen = count};
	ssize_t n;

	if (count == 1)
		n = send(fd, v[0].iov_base, v[0].iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	else
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	return n;
}

static bool
send_pieces(struct conn *c, struct iovec *v, size_t count)
{
	size_t sent = 0;

	if (c->ssl == NULL && evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
		ssize_t n = offer(c->fd, v, count);

		if (n < 0)
			return false;
		sent = (size_t)n;
	}
	for (size_t i = 0; i < count; i++) {
		size_t skip = sent < v[i].iov_len ? sent : v[i].iov_len;

		sent -= skip;
		if (skip < v[i].iov_len && bufferevent_write(c->bev, (char *)v[i].iov_base + skip,
							     v[i].iov_len - skip) != 0)
			return false;
	}
	return true;
}

bool
reply_bytes(struct conn *c, struct str bytes)
{
	struct iovec v = {c->loop->scratch, bytes.n};

	put(c->loop->scratch, bytes);
	return send_pieces(c, &v, 1);
}

bool
reply_send(struct conn *c, struct flight *f)
{
	struct http_answer *an = &f->exchange.answer;
	bool bodiless = an->status == 204 || an->status == 304;
	bool headers_only = bodiless || f->exchange.request.method == METHOD_HEAD;
	size_t body = headers_only || an->file != NULL ? 0 : an->body.n;
	bool apart = body > BODY_COPIED;
	size_t room = FIXED_ROOM + an->content_type.n + c->loop->server->common.n + an->head.n +
		      (apart ? 0 : body);
	struct iovec v[2];
	char *start = c->loop->scratch, *at;

	if (room > SCRATCH_ROOM)
		start = arena_alloc(&f->exchange.arena, room);
	at = put_head(start, c, an, bodiless);
	if (!apart)
		at = put(at, (struct str){an->body.p, body});
	v[0] = (struct iovec){start, (size_t)(at - start)};
	v[1] = (struct iovec){an->body.p, body};
	if (!headers_only) {
		c->file = an->file;
		an->file = NULL;
	}
	return send_pieces(c, v, apart ? 2 : 1);
}

bool
reply_more(struct conn *c)
{
	struct str piece = S("");

	if (c->file == NULL || evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return true;
	if (spool_read(c->file, &piece) != OK)
		return false;
	if (piece.n > 0)
		return bufferevent_write(c->bev, piece.p, piece.n) == 0;
	spool_free(c->file);
	c->file = NULL;
	return true;
}
