/*
 * One thread, one command at a time: this is for people and scripts at the machine, not for load.
 * Only the server's own user (or root) is answered, told by the kernel (SO_PEERCRED), besides the
 * socket's mode.
 */
#include "server/control.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S 30
#define RETRY_MS 100
#define CONTROL_ARENA_MAX (32 * 1024 * 1024)

struct control {
	struct app *app;
	control_fn run;
	pthread_t thread;
	int listener, stop;
	struct sockaddr_un address;
};

static bool
socket_address(const struct config *config, struct sockaddr_un *out)
{
	int n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path, sizeof out->sun_path, "%.*s/control.sock",
		     STR_ARG(config->server_data_dir));
	return n > 0 && (size_t)n < sizeof out->sun_path;
}

static void
set_patience(int fd)
{
	struct timeval t = {.tv_sec = PATIENCE_S};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static bool
send_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t sent = send(fd, s.p, s.n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		s = str_from(s, (size_t)sent);
	}
	return true;
}

static bool
receive_all(int fd, struct buf *b)
{
	char piece[4096];

	for (;;) {
		ssize_t got = recv(fd, piece, sizeof piece, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || b->full)
			return false;
		if (got == 0)
			return true;
		buf_add(b, piece, (size_t)got);
		wipe(piece, sizeof piece);
	}
}

static bool
peer_allowed(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* The arguments of a request; 0 when it is not one. */
static size_t
read_args(struct ctx *cx, const struct json *request, const char *args[CONTROL_ARGS_MAX])
{
	const struct json *list = json_member(request, "args");
	size_t n = list ? json_count(list) : 0;

	if (n > CONTROL_ARGS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct str s = json_string(json_element(list, i));
		if (str_absent(s) || str_find(s, '\0') >= 0)
			return 0;
		args[i] = str_z(cx->arena, s);
	}
	return n;
}

static void
answer(struct control *c, struct ctx *cx, int fd)
{
	struct json *request CLEANUP_JSON = NULL;
	const char *args[CONTROL_ARGS_MAX];
	struct buf in, out, err, text;
	struct json_out w;
	size_t n = 0;
	int code = 2;

	buf_init_arena(&in, cx->arena, CONTROL_MAX);
	buf_init_arena(&out, cx->arena, CONTROL_MAX);
	buf_init_arena(&err, cx->arena, CONTROL_MAX);
	buf_init_arena(&text, cx->arena, 2 * CONTROL_MAX);
	if (!receive_all(fd, &in))
		return;
	if (json_parse_object(cx, buf_view(&in), &request) == OK)
		n = read_args(cx, request, args);
	if (n)
		code = c->run(cx, args, n, json_string(json_member(request, "input")), &out, &err);
	w = json_to(&text);
	json_open(&w);
	json_key(&w, "code");
	json_int(&w, code);
	json_pair_str(&w, "out", buf_view(&out));
	json_pair_str(&w, "err", buf_view(&err));
	json_close(&w);
	(void)send_all(fd, buf_view(&text));
}

static void
serve_one(struct control *c, int fd)
{
	struct arena arena;
	struct ctx cx = c->app->cx;

	arena_init(&arena, CONTROL_ARENA_MAX);
	cx.arena = &arena;
	set_patience(fd);
	if (peer_allowed(fd))
		answer(c, &cx, fd);
	arena_release(&arena);
}

static void *
run(void *arg)
{
	struct control *c = arg;
	struct pollfd fds[] = {{.fd = c->listener, .events = POLLIN},
			       {.fd = c->stop, .events = POLLIN}};

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (!fds[0].revents)
			continue;
		int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			(void)poll(&fds[1], 1, RETRY_MS); /* out of descriptors, most likely */
			continue;
		}
		serve_one(c, fd);
		close(fd);
	}
	store_thread_end(c->app->cx.store);
	return NULL;
}

static bool
listen_there(struct control *c)
{
	mode_t mask;
	bool bound;

	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->listener < 0)
		return false;
	(void)unlink(c->address.sun_path); /* ours by the store's lock: a stale one */
	mask = umask(0177);
	bound = bind(c->listener, (struct sockaddr *)&c->address, sizeof c->address) == 0;
	(void)umask(mask);
	return bound && listen(c->listener, 16) == 0;
}

enum err
control_start(struct app *app, control_fn fn, struct control **out, struct buf *problem)
{
	struct control *c = calloc(1, sizeof *c);

	if (!c)
		return ERR_UNAVAILABLE;
	c->app = app;
	c->run = fn;
	c->listener = -1;
	c->stop = eventfd(0, EFD_CLOEXEC);
	if (!socket_address(app->config, &c->address)) {
		buf_z(problem, "server.data_dir is too long a path for the control socket");
	} else if (!listen_there(c)) {
		buf_printf(problem, "can't listen on %s: %s", c->address.sun_path, strerror(errno));
	} else if (pthread_create(&c->thread, NULL, run, c) == 0) {
		*out = c;
		return OK;
	}
	if (c->listener >= 0)
		close(c->listener);
	close(c->stop);
	free(c);
	return ERR_UNAVAILABLE;
}

void
control_stop(struct control *c)
{
	if (!c)
		return;
	(void)eventfd_write(c->stop, 1);
	pthread_join(c->thread, NULL);
	(void)unlink(c->address.sun_path);
	close(c->listener);
	close(c->stop);
	free(c);
}

static void
write_request(struct buf *text, const char *const *args, size_t n, struct str input)
{
	struct json_out w = json_to(text);

	json_open(&w);
	json_key(&w, "args");
	json_open_list(&w);
	for (size_t i = 0; i < n; i++)
		json_z(&w, args[i]);
	json_close_list(&w);
	json_pair_str(&w, "input", input);
	json_close(&w);
}

static enum err
exchange(struct ctx *cx, int fd, const char *const *args, size_t n, struct str input,
	 struct buf *in)
{
	struct sockaddr_un address;
	struct buf text;

	buf_init_arena(&text, cx->arena, CONTROL_MAX);
	write_request(&text, args, n, input);
	set_patience(fd);
	if (!socket_address(cx->config, &address) ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		return ERR_UNAVAILABLE;
	if (!send_all(fd, buf_view(&text)) || shutdown(fd, SHUT_WR) != 0 || !receive_all(fd, in))
		return ERR_UNAVAILABLE;
	return in->n ? OK : ERR_UNAVAILABLE;
}

enum err
control_call(struct ctx *cx, const char *const *args, size_t n, struct str input, int *code,
	     struct buf *out, struct buf *err)
{
	struct json *reply CLEANUP_JSON = NULL;
	struct buf in;
	int64_t number;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	enum err e;

	if (fd < 0)
		return ERR_UNAVAILABLE;
	buf_init_arena(&in, cx->arena, 2 * CONTROL_MAX);
	e = exchange(cx, fd, args, n, input, &in);
	close(fd);
	TRY(e);
	TRY(json_parse_object(cx, buf_view(&in), &reply));
	if (!json_integer(json_member(reply, "code"), &number))
		return ERR_UNAVAILABLE;
	buf_str(out, json_string(json_member(reply, "out")));
	buf_str(err, json_string(json_member(reply, "err")));
	*code = (int)number;
	return OK;
}
