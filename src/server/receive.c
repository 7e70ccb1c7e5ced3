/*
 * The bytes of requests, as far as they wait to be taken. A plain socket is read straight into the
 * buffer: a bufferevent asks the kernel first how much there is, which costs a system call for each
 * request. TLS reads through its bufferevent. Either stops reading while a client has sent too far
 * ahead, so that the kernel tells the client to wait.
 */
#include "server/link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>

#define INPUT_MAX ((size_t)2 * HTTP_HEAD_MAX)
#define TURN_MAX ((size_t)4 * 1024) /* of requests; who pipelines keeps nobody waiting for long */

_Static_assert(INPUT_MAX <= SCRATCH_ROOM, "a turn reads no more than the scratch takes");

static void
hear_no_more(struct conn *c)
{
	event_del(c->reader);
	c->deaf = true;
}

static size_t
wanted(const struct conn *c)
{
	size_t room = INPUT_MAX - evbuffer_get_length(c->in);

	return c->state == LINK_BODY || room < TURN_MAX ? room : TURN_MAX;
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	char *scratch = c->loop->scratch;
	ssize_t n = recv(fd, scratch, wanted(c), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n > 0 && evbuffer_add(c->in, scratch, (size_t)n) != 0)) {
		conn_free(c);
		return;
	}
	if (n == 0) {
		hear_no_more(c);
		c->eof = true;
	}
	conn_received(c);
}

static bool
start_tls(struct conn *c)
{
	bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_MAX);
	return bufferevent_enable(c->bev, EV_READ) == 0;
}

bool
receive_start(struct conn *c)
{
	c->in = bufferevent_get_input(c->bev);
	if (c->ssl != NULL)
		return start_tls(c);
	c->reader = event_new(c->loop->base, c->fd, EV_READ | EV_PERSIST, readable, c);
	return c->reader != NULL && evbuffer_unfreeze(c->in, 0) == 0 &&
	       event_add(c->reader, NULL) == 0;
}

void
receive_pace(struct conn *c)
{
	bool full = evbuffer_get_length(c->in) >= INPUT_MAX;

	if (c->reader == NULL || c->eof || full == c->deaf)
		return;
	if (full)
		hear_no_more(c);
	else if (event_add(c->reader, NULL) == 0)
		c->deaf = false;
}

void
receive_end(struct conn *c)
{
	if (c->reader != NULL)
		event_free(c->reader);
}
