/*
 * Writing without a writer: any number of threads and servers at once, and the database decides who
 * was first. A transaction that lost against another did nothing and is run again, after a pause by
 * chance that grows. Those that are run again wait for each other: where all meet at one row, each
 * commit is the end of all others that have looked at it, and of many at once hardly one gets
 * through. One whose connection broke
 * before its COMMIT was sent did nothing either and gets one more try. When the answer to a COMMIT
 * is lost nobody knows what happened: that is never told as OK, and never tried again.
 */
#include "store/direct.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "store/db_pool.h"

#define TRIES_MOST 100
#define FIRST_PAUSE (1 * MILLISECOND)
#define LONGEST_PAUSE (32 * MILLISECOND)

struct turn {
	int64_t deadline;
	int tries;
	bool fresh; /* the next one needs a new connection */
	bool again; /* there is to be a next one */
	bool lost;  /* against another transaction, not by a broken connection */
};

/* Ends the transaction by the outcome of fn. */
static enum err
end(struct db *db, enum err e)
{
	if (db->failure == ERR_UNAVAILABLE || db->lost)
		e = ERR_UNAVAILABLE;
	else if (db->failure != OK && e == OK)
		e = ERR_INTERNAL;
	if (e == OK)
		return db->driver->control(db, DB_COMMIT);
	if (!db->lost)
		(void)!db->driver->control(db, DB_ROLLBACK);
	return e;
}

static enum err
attempt(struct ctx *cx, struct turn *t, store_fn fn, void *arg)
{
	struct db *db;
	bool begun;
	enum err e;

	TRY(db_pool_take(cx, t->deadline, t->fresh, &db));
	fault_clear(cx);
	db->turn = t->lost;
	cx->db = db;
	e = db->driver->control(db, DB_BEGIN);
	if (e == OK)
		e = fn(cx, arg);
	cx->db = NULL;
	begun = !db->lost;
	e = end(db, e);
	t->lost = db->again;
	t->again = t->lost || (!begun && !t->fresh);
	t->fresh = !begun;
	if (e == OK && db->outbox)
		store_wake_outbox(db->store);
	db_pool_give(db);
	return e;
}

/*
 * Of those that lost to another, one at a time in this process: who waits for a turn in the
 * database holds a connection while waiting, and all of them together would leave none for others.
 * Who comes too late into the lane finds the deadline passed.
 */
static enum err
attempt_again(struct ctx *cx, struct turn *t, store_fn fn, void *arg)
{
	struct store *s = cx->store;
	struct timespec until = {.tv_sec = t->deadline / SECOND,
				 .tv_nsec = t->deadline % SECOND * 1000};
	enum err e;

	if (!t->lost)
		return attempt(cx, t, fn, arg);
	if (pthread_mutex_clocklock(&s->lane, CLOCK_MONOTONIC, &until) != 0)
		return ERR_UNAVAILABLE;
	e = attempt(cx, t, fn, arg);
	pthread_mutex_unlock(&s->lane);
	return e;
}

static int64_t
pause_after(int tries)
{
	int64_t most = tries < 6 ? FIRST_PAUSE << tries : LONGEST_PAUSE;

	return (int64_t)rnd_jitter((uint64_t)most);
}

static void
rest(int64_t us)
{
	struct timespec t = {.tv_sec = us / SECOND, .tv_nsec = us % SECOND * 1000};

	nanosleep(&t, NULL);
}

enum err
direct_run(struct ctx *cx, store_fn fn, void *arg)
{
	struct turn t = {.deadline = clock_mono() + DB_PATIENCE};
	enum err e = attempt(cx, &t, fn, arg);

	while (t.again && ++t.tries < TRIES_MOST && clock_mono() < t.deadline) {
		t.again = false;
		if (!t.fresh)
			rest(pause_after(t.tries));
		e = attempt_again(cx, &t, fn, arg);
	}
	if (t.tries > 0 && t.lost && e == ERR_UNAVAILABLE)
		log_event(cx, LOG_WARNING, "store_contended", LOG_INT("tries", t.tries));
	if (e == ERR_UNAVAILABLE)
		fault_clear(cx);
	return e;
}
