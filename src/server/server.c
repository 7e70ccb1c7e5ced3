/*
 * Starting and stopping of the whole layer. All is made before the first thread runs, so that a
 * failure needs no thread to be talked back; stopping goes the other way: no new connections, then
 * the quiet ones, then those with an answer due, and what is left when patience ends is cut off.
 */
#include "server/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define KEPT_BACK 64
#define FEWEST 16
#define MOST (1024 * 1024)
#define COMMON_CAP 4096

#define STANDARD                                                                                   \
	{                                                                                          \
		.head = HTTP_HEAD_DEADLINE, .request = HTTP_REQUEST_DEADLINE,                      \
		.idle = HTTP_IDLE_DEADLINE, .write = HTTP_WRITE_DEADLINE, .linger = 2 * SECOND,    \
		.sweep = SECOND,                                                                   \
	}

static struct http_tuning tuned = STANDARD;

void
http_tune(const struct http_tuning *tuning)
{
	tuned = tuning != NULL ? *tuning : (struct http_tuning)STANDARD;
}

/* A thread that reads an embedded store has its file and its log open, an upload has a file. */
static int
most_connections(const struct http_options *o, int loops)
{
	rlim_t kept = KEPT_BACK + 2 * (rlim_t)(o->workers_max + loops) + HTTP_UPLOADS_MOST;
	struct rlimit r;

	if (o->connections_max > 0)
		return o->connections_max;
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < FEWEST + kept)
		return FEWEST;
	return r.rlim_cur > MOST ? MOST : (int)(r.rlim_cur - kept);
}

static int
loops_wanted(int wanted)
{
	long cores = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : (int)cores;
}

static void
release(struct http_server *s)
{
	for (int i = 0; i < s->loop_count; i++)
		loop_release(&s->loops[i]);
	pool_free(s->pool);
	listen_release(&s->listener);
	buf_release(&s->common);
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->mutex);
	free(s->loops);
	free(s);
}

static enum err
make(struct http_server *s, const struct http_options *o)
{
	s->loops = calloc((size_t)s->loop_count, sizeof(*s->loops));
	if (s->loops == NULL) {
		s->loop_count = 0;
		return ERR_UNAVAILABLE;
	}
	s->pool = pool_new(&s->service, o->workers_max, o->queue_max);
	if (s->pool == NULL)
		return ERR_UNAVAILABLE;
	for (int i = 0; i < s->loop_count; i++)
		TRY(loop_init(&s->loops[i], s));
	return accept_init(&s->loops[0]);
}

/* Signals are for the main thread. */
static enum err
run(struct http_server *s)
{
	sigset_t all, before;
	enum err e = OK;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (int i = s->loop_count - 1; i >= 0 && e == OK; i--) {
		struct loop *l = &s->loops[i];

		l->started = pthread_create(&l->thread, NULL, loop_main, l) == 0;
		e = l->started ? OK : ERR_UNAVAILABLE;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

static struct http_server *
server_new(const struct http_options *options, const struct http_service *service)
{
	struct http_server *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return NULL;
	s->service = *service;
	s->tuning = tuned;
	s->listener.fd = -1;
	s->tls = options->tls;
	s->loop_count = s->running = loops_wanted(options->loops);
	s->connections_max = most_connections(options, s->loop_count);
	buf_init(&s->common, COMMON_CAP);
	buf_str(&s->common, service->common_headers);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->ended, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

enum err
http_start(const struct http_options *options, const struct http_service *service,
	   struct http_server **out, struct buf *problem)
{
	struct http_server *s = server_new(options, service);
	enum err e;

	if (s == NULL)
		die("out of memory");
	e = listen_open(options, &s->listener, problem);
	if (e != OK) {
		s->loop_count = 0;
		release(s);
		return e;
	}
	e = make(s, options);
	if (e == OK)
		e = run(s);
	if (e != OK) {
		buf_printf(problem, "can't start the threads of the server: %s", strerror(errno));
		http_stop(s, 0);
		return e;
	}
	*out = s;
	return OK;
}

/* false: some loops still run. */
static bool
await(struct http_server *s, int64_t patience)
{
	struct timespec until;
	bool done;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += patience / SECOND;
	until.tv_nsec += patience % SECOND * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&s->mutex);
	while (s->running > 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&s->ended, &s->mutex, &until);
	done = s->running == 0;
	pthread_mutex_unlock(&s->mutex);
	return done;
}

void
http_stop(struct http_server *s, int64_t patience)
{
	bool begun = s->loop_count > 0 && s->loops[0].started;

	/* The first loop passes it on, when it has dealt the last connection. */
	if (begun)
		loop_order(&s->loops[0], ORDER_STOP);
	if (!begun || !await(s, patience)) {
		if (s->pool != NULL)
			pool_abort(s->pool);
		for (int i = 0; i < s->loop_count; i++)
			if (s->loops[i].started)
				loop_order(&s->loops[i], ORDER_KILL);
	}
	for (int i = 0; i < s->loop_count; i++)
		if (s->loops[i].started)
			pthread_join(s->loops[i].thread, NULL);
	release(s);
}

struct str
http_address(const struct http_server *s)
{
	return buf_view(&s->listener.address);
}
