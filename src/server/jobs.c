/*
 * A table of jobs with their pace, and a thread that wakes four times a second to see what is due.
 * Each is short, and a store that is away just makes it wait for its next turn.
 */
#include "server/jobs.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/hasher.h"
#include "domain/geo.h"
#include "domain/keys.h"
#include "domain/shared.h"
#include "domain/sweep.h"
#include "server/certificate.h"

#include <pthread.h>

#define TICK (250 * MILLISECOND)
#define SWEEP_PAUSE SECOND /* between rounds when one was not enough */
#define CERTIFICATE_LOOK (2 * SECOND)
#define JOBS_ARENA_MAX (4 * 1024 * 1024)

struct jobs {
	struct app *app;
	struct tls *tls;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
};

static enum err
flush_log(struct ctx *cx)
{
	log_flush();
	return OK;
}

static enum err
trim_hasher(struct ctx *cx)
{
	hasher_trim(cx->hasher);
	return OK;
}

static enum err
look_at_geo(struct ctx *cx)
{
	geo_refresh(cx);
	return OK;
}

static const struct {
	const char *name;
	int64_t every;
	enum err (*run)(struct ctx *cx);
	enum err (*run_on)(struct ctx *cx, bool *more); /* in its place: it may not be done */
} table[] = {
	{"log", TICK, flush_log},
	{"last_seen", 30 * SECOND, touch_flush},
	{"hash_memory", 10 * SECOND, trim_hasher},
	{"geo", 2 * SECOND, look_at_geo},
	{"keys", 60 * SECOND, keys_reload},
	{"sweep", 60 * SECOND, .run_on = sweep},
};

/* How long it may rest. */
static int64_t
run_one(struct jobs *j, size_t i)
{
	struct arena arena;
	struct ctx cx = j->app->cx;
	bool more = false;
	enum err e;

	arena_init(&arena, JOBS_ARENA_MAX);
	cx.arena = &arena;
	e = table[i].run ? table[i].run(&cx) : table[i].run_on(&cx, &more);
	if (e != OK)
		log_event(NULL, LOG_WARNING, "job_failed", LOG_Z("job", table[i].name),
			  LOG_Z("error", err_row(e)->code));
	arena_release(&arena);
	return more ? SWEEP_PAUSE : table[i].every;
}

static void
wait_tick(struct jobs *j)
{
	struct timespec until;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns = until.tv_nsec + TICK * 1000;
	until.tv_sec += ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	if (!j->stopping)
		pthread_cond_timedwait(&j->wake, &j->lock, &until);
}

static void *
run(void *arg)
{
	struct jobs *j = arg;
	int64_t due[ARRAY_LEN(table)], now = clock_mono(), look = now;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		due[i] = now + table[i].every;
	pthread_mutex_lock(&j->lock);
	while (!j->stopping) {
		wait_tick(j);
		pthread_mutex_unlock(&j->lock);
		now = clock_mono();
		for (size_t i = 0; i < ARRAY_LEN(table); i++) {
			if (now < due[i])
				continue;
			due[i] = now + run_one(j, i);
		}
		if (now >= look) {
			certificate_look(j->tls);
			look = now + CERTIFICATE_LOOK;
		}
		pthread_mutex_lock(&j->lock);
	}
	pthread_mutex_unlock(&j->lock);
	(void)run_one(j, 1); /* last_seen */
	store_thread_end(j->app->cx.store);
	return NULL;
}

enum err
jobs_start(struct app *app, struct tls *tls, struct jobs **out)
{
	struct jobs *j = calloc(1, sizeof *j);
	pthread_condattr_t attr;

	if (!j)
		return ERR_UNAVAILABLE;
	j->app = app;
	geo_refresh(&app->cx);
	j->tls = tls;
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&j->thread, NULL, run, j) != 0) {
		free(j);
		return ERR_UNAVAILABLE;
	}
	*out = j;
	return OK;
}

void
jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j);
	log_flush();
}
