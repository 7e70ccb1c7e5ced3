/*
 * Threads for what may block. They are made when work waits and nobody is free, and end after some
 * idle seconds, so a quiet server has none. The queue is bounded: past it the caller is told at
 * once, since an answer of "busy" now is worth more than a late one.
 */
#include "server/loop.h"

#include <errno.h>

#define IDLE_SECONDS 10

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES ((size_t)1024 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_BYTES ((size_t)1024 * 1024)
#endif
#endif
#ifndef STACK_BYTES
#define STACK_BYTES ((size_t)256 * 1024)
#endif

struct worker {
	struct pool *pool;
	struct worker *next;
	pthread_t thread;
};

struct pool {
	const struct http_service *service;
	int workers_max, queue_max;
	pthread_mutex_t mutex;
	pthread_cond_t work, gone;
	struct flight *first, **last;
	int waiting, idle, count;
	bool ending, abort;
	struct worker *ended; /* to be joined */
};

static void
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct pool *
pool_new(const struct http_service *service, int workers_max, int queue_max)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->service = service;
	p->workers_max = workers_max > 0 ? workers_max : 1;
	p->queue_max = queue_max > 0 ? queue_max : 0;
	p->last = &p->first;
	pthread_mutex_init(&p->mutex, NULL);
	cond_init(&p->work);
	cond_init(&p->gone);
	return p;
}

/* The next flight, NULL when this worker has been idle for long or the pool ends. Locked. */
static struct flight *
next_flight(struct pool *p)
{
	struct timespec until;
	struct flight *f;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	p->idle++;
	while (p->first == NULL && !p->ending && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&p->work, &p->mutex, &until);
	p->idle--;
	f = p->first;
	if (f == NULL)
		return NULL;
	p->first = f->next;
	if (p->first == NULL)
		p->last = &p->first;
	p->waiting--;
	return f;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct flight *f;

	pthread_mutex_lock(&p->mutex);
	while ((f = next_flight(p)) != NULL) {
		f->dropped = p->abort;
		pthread_mutex_unlock(&p->mutex);
		if (!f->dropped)
			p->service->serve(p->service->arg, &f->exchange);
		loop_finish(f->loop, f);
		pthread_mutex_lock(&p->mutex);
	}
	pthread_mutex_unlock(&p->mutex);
	if (p->service->thread_end != NULL)
		p->service->thread_end(p->service->arg);
	pthread_mutex_lock(&p->mutex);
	p->count--;
	w->next = p->ended;
	p->ended = w;
	pthread_cond_signal(&p->gone);
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

/* Joins those that have ended; they hold no lock any more but may still be returning. Locked. */
static void
reap(struct pool *p)
{
	struct worker *w;

	while ((w = p->ended) != NULL) {
		p->ended = w->next;
		pthread_mutex_unlock(&p->mutex);
		pthread_join(w->thread, NULL);
		free(w);
		pthread_mutex_lock(&p->mutex);
	}
}

/* Locked. */
static bool
spawn(struct pool *p)
{
	struct worker *w = calloc(1, sizeof(*w));
	pthread_attr_t attr;
	int rc;

	if (w == NULL)
		return false;
	w->pool = p;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	rc = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		free(w);
		return false;
	}
	p->count++;
	return true;
}

/* Somebody is there, or comes, to take one more flight. Locked. */
static bool
has_room(struct pool *p)
{
	if (p->waiting >= p->queue_max + p->idle + (p->workers_max - p->count))
		return false;
	if (p->waiting < p->idle || p->count >= p->workers_max)
		return true;
	return spawn(p) || p->count > 0;
}

bool
pool_submit(struct pool *p, struct flight *f)
{
	bool taken;

	pthread_mutex_lock(&p->mutex);
	reap(p);
	taken = has_room(p);
	if (taken) {
		f->next = NULL;
		*p->last = f;
		p->last = &f->next;
		p->waiting++;
	}
	pthread_mutex_unlock(&p->mutex);
	if (taken)
		pthread_cond_signal(&p->work); /* so that who wakes finds the mutex free */
	return taken;
}

void
pool_abort(struct pool *p)
{
	pthread_mutex_lock(&p->mutex);
	p->abort = true;
	pthread_mutex_unlock(&p->mutex);
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->mutex);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	while (p->count > 0)
		pthread_cond_wait(&p->gone, &p->mutex);
	reap(p);
	pthread_mutex_unlock(&p->mutex);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->gone);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}
