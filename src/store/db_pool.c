/*
 * The pool. The connection used last is used next, so that those that quiet times leave over grow
 * old and are closed. After a connection could not be had the next try waits a moment: callers that
 * find none idle are told at once, and a server that comes back is not met by all of them.
 */
#include "store/db_pool.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>

#define WAIT_MOST (2 * SECOND)
#define IDLE_MOST (60 * SECOND)
#define PAUSE_AFTER_FAILURE (100 * MILLISECOND)
/* With less than this left a new connection would come too late. */
#define TIME_LEAST (1 * SECOND)

struct db_pool {
	struct store *store;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t given;
	struct db *idle;       /* the one given back last is first */
	int open;              /* idle or in use */
	int64_t blocked_until; /* no new one before */
};

struct db_pool *
db_pool_open(struct store *s)
{
	struct db_pool *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (!p)
		die("out of memory");
	p->store = s;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->given, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

void
db_pool_close(struct db_pool *p)
{
	struct db *db;

	while ((db = p->idle)) {
		p->idle = db->next;
		db->driver->close(db);
	}
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

enum found { FOUND_IDLE, FOUND_ROOM, FOUND_NONE };

/* Locked. Waits until there is an idle one, or room for another. */
static enum found
find(struct db_pool *p, int64_t deadline, struct db **idle)
{
	int64_t now = clock_mono(), left = deadline - now < WAIT_MOST ? deadline - now : WAIT_MOST;
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += left / SECOND;
	until.tv_nsec += left % SECOND * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	for (;;) {
		*idle = p->idle;
		if (p->idle) {
			p->idle = p->idle->next;
			return FOUND_IDLE;
		}
		if (p->open < DB_POOL_MOST && clock_mono() >= p->blocked_until) {
			p->open++;
			return FOUND_ROOM;
		}
		if (p->open == 0 || late)
			return FOUND_NONE;
		late = left > 0 ? pthread_cond_timedwait(&p->given, &p->mutex, &until) : ETIMEDOUT;
	}
}

/* One less is open. */
static void
forget(struct db_pool *p, int64_t blocked_until)
{
	pthread_mutex_lock(&p->mutex);
	p->open--;
	if (blocked_until > p->blocked_until)
		p->blocked_until = blocked_until;
	/* Those that wait see for themselves whether there is still something to wait for. */
	pthread_cond_broadcast(&p->given);
	pthread_mutex_unlock(&p->mutex);
}

static enum err
open_new(struct ctx *cx, int64_t deadline, struct db **out)
{
	struct db_pool *p = cx->store->pool;
	struct buf problem CLEANUP_BUF;
	enum err e = ERR_UNAVAILABLE;

	buf_init(&problem, 1024);
	if (deadline - clock_mono() >= TIME_LEAST)
		e = p->store->driver->open(p->store, DB_SHARED, deadline, out, &problem);
	if (e == OK)
		return OK;
	if (problem.n)
		log_event(cx, LOG_ERROR, "store_failed", LOG_STR("message", buf_view(&problem)));
	forget(p, clock_mono() + PAUSE_AFTER_FAILURE);
	return ERR_UNAVAILABLE;
}

enum err
db_pool_take(struct ctx *cx, int64_t deadline, bool fresh, struct db **out)
{
	struct db_pool *p = cx->store->pool;
	struct db *db = NULL;
	enum found found;

	pthread_mutex_lock(&p->mutex);
	found = find(p, deadline, &db);
	pthread_mutex_unlock(&p->mutex);
	if (found == FOUND_NONE)
		return ERR_UNAVAILABLE;
	if (db && fresh) {
		db->driver->close(db);
		db = NULL;
	}
	fresh = db == NULL;
	if (!db)
		TRY(open_new(cx, deadline, &db));
	db->fresh = fresh;
	db->deadline = deadline;
	db->again = false;
	db->outbox = false;
	db->failure = OK;
	*out = db;
	return OK;
}

/* Locked. Takes the one that has been idle for longest out of the list, when that is too long. */
static struct db *
cut_oldest(struct db_pool *p, int64_t now)
{
	struct db **at = &p->idle, *db;

	if (!p->idle)
		return NULL;
	while ((*at)->next)
		at = &(*at)->next;
	db = *at;
	if (now - db->idle_since < IDLE_MOST)
		return NULL;
	*at = NULL;
	return db;
}

void
db_pool_give(struct db *db)
{
	struct db_pool *p = db->store->pool;
	struct db *over;

	if (db->lost || db->driver->in_transaction(db)) {
		db->driver->close(db);
		forget(p, 0);
		return;
	}
	pthread_mutex_lock(&p->mutex);
	db->idle_since = clock_mono();
	over = cut_oldest(p, db->idle_since);
	db->next = p->idle;
	p->idle = db;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->mutex);
	if (!over)
		return;
	over->driver->close(over);
	forget(p, 0);
}
