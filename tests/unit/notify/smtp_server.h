/*
 * An SMTP server for tests, on a port of the loopback, one connection at a time in a thread of its
 * own. It behaves as `mode` says, keeps the last message and counts what happens. All its waits are
 * bounded.
 */
#ifndef TESTS_SMTP_SERVER_H
#define TESTS_SMTP_SERVER_H

#include "base/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum smtp_mode {
	SMTP_ACCEPT,
	SMTP_DEFER,         /* 451 to RCPT */
	SMTP_REFUSE,        /* 550 to RCPT */
	SMTP_REFUSE_DATA,   /* 554 to the message */
	SMTP_REFUSE_SENDER, /* 550 to MAIL */
	SMTP_REFUSE_LOGIN,  /* 535 to AUTH */
	SMTP_HANG,          /* never says a word */
	SMTP_HANG_ON_QUIT,
	SMTP_GARBAGE,
	SMTP_FLOOD, /* a greeting that never ends */
	SMTP_DROP,  /* closes after the message, with no answer */
};

#define SMTP_MESSAGE_MAX 65536

typedef struct smtp_test_server {
	int listener, port;
	pthread_t thread;
	atomic_int mode, connections, accepted, tried, dropped;
	atomic_bool stop;
	pthread_mutex_t lock;
	char message[SMTP_MESSAGE_MAX]; /* as it came over the wire, dots stuffed */
	char recipient[2048];
	char hello[2048];
	char auth[2048];
} smtp_server_t;

static inline void
smtp_say(int fd, const char *text)
{
	ssize_t n UNUSED = send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* One line without its end; false at the end of the connection. */
static inline bool
smtp_line(smtp_server_t *s, int fd, char *line, size_t room)
{
	size_t n = 0;

	while (!atomic_load(&s->stop)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char c;

		if (poll(&p, 1, 50) <= 0)
			continue;
		if (recv(fd, &c, 1, 0) != 1)
			return false;
		if (c == '\n') {
			line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
			return true;
		}
		if (n + 1 < room)
			line[n++] = c;
	}
	return false;
}

static inline void
smtp_hang(smtp_server_t *s)
{
	while (!atomic_load(&s->stop))
		usleep(20000);
}

/* What it sends before or instead of a greeting; false: the connection is over. */
static inline bool
smtp_greet(smtp_server_t *s, int fd)
{
	switch (atomic_load(&s->mode)) {
	case SMTP_HANG:
		smtp_hang(s);
		return false;
	case SMTP_GARBAGE:
		smtp_say(fd, "\x16\x03\x01 what? \xff\r\nHTTP/1.1 200 OK\r\n\r\n");
		return true;
	case SMTP_FLOOD:
		while (!atomic_load(&s->stop) && send(fd, "220-more\r\n", 10, MSG_NOSIGNAL) == 10)
			usleep(1000);
		return false;
	default:
		smtp_say(fd, "220 test ESMTP\r\n");
		return true;
	}
}

static inline bool
smtp_receive(smtp_server_t *s, int fd)
{
	char line[2048];
	size_t n = 0;

	smtp_say(fd, "354 go\r\n");
	pthread_mutex_lock(&s->lock);
	s->message[0] = '\0';
	pthread_mutex_unlock(&s->lock);
	for (;;) {
		if (!smtp_line(s, fd, line, sizeof(line)))
			return false;
		if (strcmp(line, ".") == 0)
			break;
		pthread_mutex_lock(&s->lock);
		n += (size_t)snprintf(s->message + n, SMTP_MESSAGE_MAX - n, "%s\n", line);
		pthread_mutex_unlock(&s->lock);
		if (n >= SMTP_MESSAGE_MAX)
			return false;
	}
	if (atomic_load(&s->mode) == SMTP_DROP) {
		atomic_fetch_add(&s->dropped, 1);
		return false;
	}
	if (atomic_load(&s->mode) == SMTP_REFUSE_DATA) {
		smtp_say(fd, "554 5.7.1 not wanted\r\n");
		return true;
	}
	atomic_fetch_add(&s->accepted, 1);
	smtp_say(fd, "250 queued\r\n");
	return true;
}

static inline void
smtp_recipient(smtp_server_t *s, int fd, const char *line)
{
	int mode = atomic_load(&s->mode);

	atomic_fetch_add(&s->tried, 1);
	if (mode == SMTP_DEFER) {
		smtp_say(fd, "451 4.7.1 later\r\n");
	} else if (mode == SMTP_REFUSE) {
		smtp_say(fd, "550 5.1.1 nobody here\r\n");
	} else {
		snprintf(s->recipient, sizeof(s->recipient), "%s", line);
		smtp_say(fd, "250 ok\r\n");
	}
}

/* One command; false: the connection is over. */
static inline bool
smtp_command(smtp_server_t *s, int fd, const char *line)
{
	int mode = atomic_load(&s->mode);

	if (strncmp(line, "EHLO", 4) == 0) {
		snprintf(s->hello, sizeof(s->hello), "%s", line);
		smtp_say(fd, "250-test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n");
	} else if (strncmp(line, "AUTH", 4) == 0) {
		snprintf(s->auth, sizeof(s->auth), "%s", line);
		smtp_say(fd, mode == SMTP_REFUSE_LOGIN ? "535 5.7.8 no\r\n" : "235 ok\r\n");
	} else if (strncmp(line, "MAIL", 4) == 0) {
		smtp_say(fd, mode == SMTP_REFUSE_SENDER ? "550 5.7.1 not you\r\n" : "250 ok\r\n");
	} else if (strncmp(line, "RCPT", 4) == 0) {
		smtp_recipient(s, fd, line);
	} else if (strcmp(line, "DATA") == 0) {
		return smtp_receive(s, fd);
	} else if (strcmp(line, "QUIT") == 0) {
		if (mode == SMTP_HANG_ON_QUIT)
			smtp_hang(s);
		smtp_say(fd, "221 bye\r\n");
		return false;
	} else {
		smtp_say(fd, "250 ok\r\n");
	}
	return true;
}

static inline void *
smtp_serve(void *arg)
{
	smtp_server_t *s = arg;
	char line[2048];

	while (!atomic_load(&s->stop)) {
		struct pollfd p = {.fd = s->listener, .events = POLLIN};
		int fd;

		if (poll(&p, 1, 50) <= 0)
			continue;
		fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			continue;
		atomic_fetch_add(&s->connections, 1);
		if (smtp_greet(s, fd))
			while (smtp_line(s, fd, line, sizeof(line)) && smtp_command(s, fd, line))
				;
		close(fd);
	}
	return NULL;
}

static inline void
smtp_server_start(smtp_server_t *s, enum smtp_mode mode)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	memset(s, 0, sizeof(*s));
	atomic_store(&s->mode, (int)mode);
	pthread_mutex_init(&s->lock, NULL);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(s->listener, 8) != 0 || getsockname(s->listener, (struct sockaddr *)&a, &n) != 0)
		die("no socket for the test's SMTP server");
	s->port = ntohs(a.sin_port);
	if (pthread_create(&s->thread, NULL, smtp_serve, s) != 0)
		die("no thread for the test's SMTP server");
}

static inline void
smtp_server_stop(smtp_server_t *s)
{
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	close(s->listener);
	pthread_mutex_destroy(&s->lock);
}

#endif
