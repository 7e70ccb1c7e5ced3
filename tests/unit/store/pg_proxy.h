/*
 * Stands between a store and its PostgreSQL and does what servers and networks do on bad days:
 * stops without a word, cuts what is open, lets a COMMIT through and loses the answer.
 */
#ifndef TESTS_PG_PROXY_H
#define TESTS_PG_PROXY_H

#include "pg_case.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROXY_PAIRS 64

enum proxy_mode {
	PROXY_PASS,
	PROXY_STALL,      /* nothing comes through */
	PROXY_CUT,        /* what is open is closed, and what is opened too */
	PROXY_LOSE_COMMIT /* the answer to the next COMMIT, with its connection; then PASS */
};

struct proxy {
	char folder[64], host[128], port[16], user[64], password[64], database[64];
	char url[512];
	struct sockaddr_un address;
	int listener, n;
	struct {
		int client, server;
		bool doomed; /* its COMMIT went through: the answer is not to */
	} pairs[PROXY_PAIRS];
	pthread_t thread;
	_Atomic enum proxy_mode mode;
	_Atomic bool stop;
	_Atomic int cuts; /* rounds that found the mode PROXY_CUT */
};

static inline int
proxy_dial(const struct proxy *p)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct addrinfo *found = NULL, want = {.ai_socktype = SOCK_STREAM};
	int fd;

	if (p->host[0] == '/') {
		snprintf(local.sun_path, sizeof(local.sun_path), "%.80s/.s.PGSQL.%.8s", p->host,
			 p->port);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&local, sizeof(local)) != 0)
			perror("connect");
		return fd;
	}
	if (getaddrinfo(p->host, p->port, &want, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		perror("connect");
	freeaddrinfo(found);
	return fd;
}

static inline void
proxy_drop(struct proxy *p, int i)
{
	close(p->pairs[i].client);
	close(p->pairs[i].server);
	p->pairs[i] = p->pairs[--p->n];
}

/* A simple query of one word: type, length, text, NUL. */
static inline bool
proxy_is_commit(const char *bytes, ssize_t n)
{
	static const char commit[] = "Q\0\0\0\013commit";

	return n == sizeof(commit) && memcmp(bytes, commit, sizeof(commit)) == 0;
}

/* false: this pair has come to its end. */
static inline bool
proxy_move(struct proxy *p, int i, bool up)
{
	char bytes[65536];
	int from = up ? p->pairs[i].client : p->pairs[i].server;
	int to = up ? p->pairs[i].server : p->pairs[i].client;
	ssize_t n = recv(from, bytes, sizeof(bytes), 0), sent, at;

	if (n <= 0 || (!up && p->pairs[i].doomed))
		return false;
	if (up && p->mode == PROXY_LOSE_COMMIT && proxy_is_commit(bytes, n)) {
		p->pairs[i].doomed = true;
		p->mode = PROXY_PASS;
	}
	for (at = 0; at < n; at += sent) {
		sent = send(to, bytes + at, (size_t)(n - at), MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	return true;
}

static inline void
proxy_accept(struct proxy *p)
{
	int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	if (p->mode == PROXY_CUT || p->n == PROXY_PAIRS) {
		close(client);
		return;
	}
	p->pairs[p->n].client = client;
	p->pairs[p->n].server = proxy_dial(p);
	p->pairs[p->n].doomed = false;
	p->n++;
}

static inline void
proxy_round(struct proxy *p)
{
	struct pollfd fds[1 + 2 * PROXY_PAIRS];
	int i, n = p->mode == PROXY_STALL ? 0 : p->n;

	fds[0] = (struct pollfd){.fd = p->listener, .events = POLLIN};
	for (i = 0; i < n; i++) {
		fds[1 + 2 * i] = (struct pollfd){.fd = p->pairs[i].client, .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd){.fd = p->pairs[i].server, .events = POLLIN};
	}
	poll(fds, (nfds_t)(1 + 2 * n), 5);
	if (p->mode == PROXY_STALL)
		return;
	for (i = n - 1; i >= 0; i--) {
		if ((fds[1 + 2 * i].revents && !proxy_move(p, i, true)) ||
		    (fds[2 + 2 * i].revents && !proxy_move(p, i, false)))
			proxy_drop(p, i);
	}
	if (fds[0].revents)
		proxy_accept(p);
}

static inline void *
proxy_main(void *arg)
{
	struct proxy *p = arg;

	while (!p->stop) {
		if (p->mode == PROXY_CUT) {
			while (p->n)
				proxy_drop(p, 0);
			p->cuts++;
		}
		proxy_round(p);
	}
	while (p->n)
		proxy_drop(p, 0);
	return NULL;
}

static inline void
proxy_take_part(const PQconninfoOption *options, const char *name, char *out, size_t room)
{
	for (; options->keyword; options++) {
		if (strcmp(options->keyword, name) == 0 && options->val)
			snprintf(out, room, "%s", options->val);
	}
}

static inline void
proxy_take_parts(struct proxy *p, const char *url)
{
	const struct libpq *pq = libpq_open();
	PQconninfoOption *options = pq->conninfoParse(url, NULL);

	assert_non_null(options);
	memcpy(p->port, "5432", sizeof("5432"));
	memcpy(p->host, "/var/run/postgresql", sizeof("/var/run/postgresql"));
	proxy_take_part(options, "host", p->host, sizeof(p->host));
	proxy_take_part(options, "port", p->port, sizeof(p->port));
	proxy_take_part(options, "user", p->user, sizeof(p->user));
	proxy_take_part(options, "password", p->password, sizeof(p->password));
	proxy_take_part(options, "dbname", p->database, sizeof(p->database));
	pq->conninfoFree(options);
}

/* What its connections are called on the server. */
static inline const char *
proxy_name(const struct proxy *p)
{
	return p->folder + strlen("/tmp/");
}

/* url: whose server it stands before. p->url leads there by way of it. */
static inline void
proxy_start(struct proxy *p, const char *url)
{
	static const char pattern[] = "/tmp/aldgate-test-XXXXXX";

	memset(p, 0, sizeof(*p));
	proxy_take_parts(p, url);
	memcpy(p->folder, pattern, sizeof(pattern));
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->url, sizeof(p->url),
		 "postgresql:///%s?host=%s&user=%s&password=%s&application_name=%s", p->database,
		 p->folder, p->user, p->password, proxy_name(p));
	p->address.sun_family = AF_UNIX;
	snprintf(p->address.sun_path, sizeof(p->address.sun_path), "%s/.s.PGSQL.5432", p->folder);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&p->address, sizeof(p->address)), 0);
	assert_int_equal(listen(p->listener, PROXY_PAIRS), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, proxy_main, p), 0);
}

static inline void
proxy_end(struct proxy *p)
{
	p->stop = true;
	pthread_join(p->thread, NULL);
	close(p->listener);
	unlink(p->address.sun_path);
	rmdir(p->folder);
}

/* Closes all that is open, as a restart of the server does. */
static inline void
proxy_cut(struct proxy *p)
{
	int before = p->cuts;

	p->mode = PROXY_CUT;
	while (p->cuts == before)
		usleep(1000);
	p->mode = PROXY_PASS;
}

#endif
