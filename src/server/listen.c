/*
 * One listening socket for the whole server. There is no SO_REUSEPORT: it would let a second server
 * start beside the first unnoticed. A socket file left behind by a crash is removed, but only when
 * nobody answers on it.
 */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define TEXT_ROOM 256
#define ADDRESS_CAP 512

static enum err
trouble(struct buf *problem, const char *what, struct str where, int number)
{
	char text[TEXT_ROOM];

	buf_printf(problem, "can't %s %.*s: %s", what, STR_ARG(where),
		   strerror_r(number, text, sizeof(text)));
	return ERR_UNAVAILABLE;
}

/* "host:port" or "[v6]:port" into two NUL-terminated texts. */
static bool
split_address(struct str s, char host[static TEXT_ROOM], char port[static TEXT_ROOM])
{
	size_t colon = s.n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon == s.n || s.n >= TEXT_ROOM)
		return false;
	snprintf(port, TEXT_ROOM, "%.*s", (int)(s.n - colon), s.p + colon);
	s.n = colon - 1;
	if (s.p[0] == '[') {
		if (s.n < 3 || s.p[s.n - 1] != ']')
			return false;
		s = (struct str){s.p + 1, s.n - 2};
	} else if (str_find(s, ':') >= 0) {
		return false;
	}
	snprintf(host, TEXT_ROOM, "%.*s", STR_ARG(s));
	return true;
}

static int
open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
bind_inet(const struct addrinfo *ai)
{
	int fd = open_socket(ai->ai_family), on = 1, off = 0, saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static enum err
open_inet(struct str text, int *fd, struct buf *problem)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found;
	char host[TEXT_ROOM], port[TEXT_ROOM];
	int rc;

	if (!split_address(text, host, port)) {
		buf_printf(problem,
			   "\"%.*s\" is no address to listen on: it is host:port, [address]:port "
			   "or unix:/path",
			   STR_ARG(text));
		return ERR_INVALID;
	}
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0) {
		buf_printf(problem, "can't listen on %.*s: %s", STR_ARG(text), gai_strerror(rc));
		return ERR_INVALID;
	}
	*fd = bind_inet(found);
	rc = errno;
	freeaddrinfo(found);
	return *fd < 0 ? trouble(problem, "listen on", text, rc) : OK;
}

/* true when the path is free now. */
static bool
clear_stale(const struct sockaddr_un *un)
{
	struct stat st;
	int fd, rc, why;

	if (lstat(un->sun_path, &st) != 0)
		return errno == ENOENT;
	if (!S_ISSOCK(st.st_mode))
		return false;
	fd = open_socket(AF_UNIX);
	if (fd < 0)
		return false;
	rc = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	why = errno;
	close(fd);
	return rc != 0 && why == ECONNREFUSED && unlink(un->sun_path) == 0;
}

static enum err
open_unix(struct str path, int *fd, struct buf *problem)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int saved;

	if (path.n == 0 || path.n >= sizeof(un.sun_path)) {
		buf_printf(problem, "the path of a unix socket has 1 to %zu bytes",
			   sizeof(un.sun_path) - 1);
		return ERR_INVALID;
	}
	memcpy(un.sun_path, path.p, path.n);
	if (!clear_stale(&un))
		return trouble(problem, "listen on", path, EADDRINUSE);
	*fd = open_socket(AF_UNIX);
	if (*fd < 0)
		return trouble(problem, "open", path, errno);
	/* Before bind, so that the file is never open to more than its group. */
	if (fchmod(*fd, 0660) == 0 && bind(*fd, (const struct sockaddr *)&un, sizeof(un)) == 0 &&
	    chmod(un.sun_path, 0660) == 0 && listen(*fd, BACKLOG) == 0)
		return OK;
	saved = errno;
	close(*fd);
	return trouble(problem, "listen on", path, saved);
}

static enum err
adopt(int fd, struct buf *problem)
{
	int listening = 0;
	socklen_t n = sizeof(listening);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening) {
		buf_printf(problem, "the inherited descriptor %d is not a listening socket", fd);
		return ERR_INVALID;
	}
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return trouble(problem, "set up", S("the inherited socket"), errno);
	return OK;
}

static void
write_address(struct listener *l)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof(sa);
	char peer[PEER_ROOM];

	if (getsockname(l->fd, (struct sockaddr *)&sa, &n) != 0)
		return;
	if (sa.ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const struct sockaddr_un *)&sa;

		buf_printf(&l->address, "unix:%.*s", (int)sizeof(un->sun_path), un->sun_path);
		return;
	}
	listen_peer(peer, (const struct sockaddr *)&sa);
	buf_printf(&l->address, strchr(peer, ':') ? "[%s]:%u" : "%s:%u", peer,
		   ntohs(((const struct sockaddr_in *)&sa)->sin_port));
}

enum err
listen_open(const struct http_options *options, struct listener *out, struct buf *problem)
{
	struct listener l = {.fd = options->inherited_fd};
	struct str path;

	if (options->inherited_fd >= 0) {
		TRY(adopt(l.fd, problem));
	} else if (str_starts(options->listen, S("unix:"))) {
		path = str_from(options->listen, S("unix:").n);
		TRY(open_unix(path, &l.fd, problem));
		l.unix_path = true;
	} else {
		TRY(open_inet(options->listen, &l.fd, problem));
	}
	buf_init(&l.address, ADDRESS_CAP);
	write_address(&l);
	*out = l;
	return OK;
}

void
listen_close(struct listener *l)
{
	if (l->fd < 0)
		return;
	close(l->fd);
	l->fd = -1;
	if (l->unix_path)
		unlink(l->address.p + S("unix:").n);
}

void
listen_release(struct listener *l)
{
	listen_close(l);
	buf_release(&l->address);
}

void
listen_peer(char out[static PEER_ROOM], const struct sockaddr *sa)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)sa;

	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, out, PEER_ROOM);
	else if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, out, PEER_ROOM);
	else if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, out, PEER_ROOM);
	else
		snprintf(out, PEER_ROOM, "unix");
}
