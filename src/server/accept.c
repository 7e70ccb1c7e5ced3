/*
 * The first loop takes all new connections and deals them round robin. A server that is full says
 * so with a short 503 rather than letting clients wait in the backlog. Out of descriptors, one that
 * was kept back is given up for a moment to take and close a connection, and accepting rests: a
 * level-triggered listening socket would spin.
 */
#include "base/metrics.h"
#include "server/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 64
#define LAST_TAKE 1024
#define DRAINS 16
#define REST_MICROSECONDS 100000

struct acceptor {
	struct event *ready, *rested;
	int spare_fd;
	int next;
};

static void
turn_away(const struct http_server *s, int fd)
{
	static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
				   "Content-Length: 0\r\nConnection: close\r\n\r\n";
	char drop[4096];

	metric_count(METRIC_CONNECTIONS_REFUSED);
	if (s->tls == NULL && send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
		shutdown(fd, SHUT_WR);
		/* Bytes left unread would turn the close into a reset, ahead of the answer. */
		for (int i = 0; i < DRAINS; i++)
			if (recv(fd, drop, sizeof(drop), MSG_DONTWAIT) < (ssize_t)sizeof(drop))
				break;
	}
	close(fd);
}

static void
deal(struct loop *l, int fd, const struct sockaddr *sa)
{
	struct http_server *s = l->server;
	struct loop *to = &s->loops[l->acceptor->next];
	char peer[PEER_ROOM];
	struct conn *c;
	int on = 1;

	if (s->connections >= s->connections_max) {
		turn_away(s, fd);
		return;
	}
	l->acceptor->next = (l->acceptor->next + 1) % s->loop_count;
	if (sa->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	listen_peer(peer, sa);
	c = conn_new(to, fd, peer);
	if (c == NULL)
		close(fd);
	else if (to == l)
		conn_start(c);
	else
		loop_arrive(to, c);
}

static void
rest(struct loop *l)
{
	struct timeval tv = {0, REST_MICROSECONDS};
	struct acceptor *a = l->acceptor;
	int fd;

	if (a->spare_fd >= 0) {
		close(a->spare_fd);
		fd = accept4(l->server->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			turn_away(l->server, fd);
		a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	event_del(a->ready);
	event_add(a->rested, &tv);
}

static void
take(struct loop *l, int most)
{
	struct sockaddr_storage sa;

	while (most-- > 0) {
		socklen_t n = sizeof(sa);
		int fd = accept4(l->server->listener.fd, (struct sockaddr *)&sa, &n,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			deal(l, fd, (const struct sockaddr *)&sa);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			rest(l);
			return;
		}
	}
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	take(arg, AT_ONCE);
}

static void
on_rested(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	event_add(l->acceptor->ready, NULL);
}

enum err
accept_init(struct loop *l)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_UNAVAILABLE;
	l->acceptor = a;
	a->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	a->ready = event_new(l->base, l->server->listener.fd, EV_READ | EV_PERSIST, on_ready, l);
	a->rested = event_new(l->base, -1, 0, on_rested, l);
	if (a->ready == NULL || a->rested == NULL || event_add(a->ready, NULL) != 0)
		return ERR_UNAVAILABLE;
	return OK;
}

void
accept_stop(struct loop *l)
{
	struct http_server *s = l->server;

	take(l, LAST_TAKE);
	event_del(l->acceptor->ready);
	event_del(l->acceptor->rested);
	listen_close(&s->listener);
	for (int i = 1; i < s->loop_count; i++)
		loop_order(&s->loops[i], ORDER_STOP);
}

void
accept_release(struct loop *l)
{
	struct acceptor *a = l->acceptor;

	if (a == NULL)
		return;
	if (a->ready != NULL)
		event_free(a->ready);
	if (a->rested != NULL)
		event_free(a->rested);
	if (a->spare_fd >= 0)
		close(a->spare_fd);
	free(a);
	l->acceptor = NULL;
}
