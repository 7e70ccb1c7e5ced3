/*
 * The writer of an embedded store. SQLite lets one connection write at a time, and a commit costs
 * an fsync; so one thread owns the only writing connection and commits whatever has queued up while
 * it was busy as one group. A lone write runs at once. Each job stands in its own savepoint, so
 * that a refused one leaves no trace and harms no other; but when the transaction itself is lost,
 * nobody's work was done, and every caller of the group is told so.
 */
#include "store/writer.h"

#include <semaphore.h>
#include <signal.h>

#define GROUP_MOST 128

struct job {
	struct job *next;
	struct ctx *cx;
	store_fn fn;
	void *arg;
	enum err result;
	sem_t done;
};

struct writer {
	struct db *db;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t queued;
	struct job *first, **last;
	bool stop;
};

static enum err
control(struct db *db, enum db_control what)
{
	return db->driver->control(db, what);
}

/* Takes up to GROUP_MOST jobs off the queue, waiting for the first. 0: it is time to end. */
static size_t
take(struct writer *w, struct job *group[static GROUP_MOST])
{
	size_t n = 0;

	pthread_mutex_lock(&w->mutex);
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->queued, &w->mutex);
	while (w->first && n < GROUP_MOST) {
		group[n++] = w->first;
		w->first = w->first->next;
	}
	if (!w->first)
		w->last = &w->first;
	pthread_mutex_unlock(&w->mutex);
	return n;
}

/* Runs one job in a savepoint. false: the whole transaction is lost. */
static bool
run_job(struct db *db, struct job *job)
{
	bool outbox = db->outbox;

	if (control(db, DB_SAVEPOINT) != OK)
		return false;
	fault_clear(job->cx);
	db->failure = OK;
	job->cx->db = db;
	job->result = job->fn(job->cx, job->arg);
	job->cx->db = NULL;
	if (db->failure != OK && job->result == OK)
		job->result = ERR_INTERNAL;
	if (!db->driver->in_transaction(db))
		return false;
	if (job->result != OK) {
		db->outbox = outbox;
		if (control(db, DB_UNDO) != OK)
			return false;
	}
	return control(db, DB_RELEASE) == OK;
}

static bool
run_group(struct db *db, struct job **group, size_t n)
{
	size_t i;

	db->outbox = false;
	if (control(db, DB_BEGIN) != OK)
		return false;
	for (i = 0; i < n; i++) {
		if (!run_job(db, group[i]))
			return false;
	}
	return control(db, DB_COMMIT) == OK;
}

static void
lose_group(struct db *db, struct job **group, size_t n)
{
	size_t i;

	if (db->driver->in_transaction(db) && control(db, DB_ROLLBACK) != OK &&
	    db->driver->in_transaction(db))
		die("the store can't end a transaction: %s", db->driver->message(db));
	for (i = 0; i < n; i++) {
		fault_clear(group[i]->cx);
		group[i]->result = ERR_UNAVAILABLE;
	}
}

static bool
idle(struct writer *w)
{
	bool empty;

	pthread_mutex_lock(&w->mutex);
	empty = !w->first;
	pthread_mutex_unlock(&w->mutex);
	return empty;
}

static void *
work(void *arg)
{
	struct writer *w = arg;
	struct job *group[GROUP_MOST];
	size_t n, i;
	bool done;

	while ((n = take(w, group)) > 0) {
		done = run_group(w->db, group, n);
		if (!done)
			lose_group(w->db, group, n);
		for (i = 0; i < n; i++)
			sem_post(&group[i]->done);
		if (done && w->db->outbox)
			store_wake_outbox(w->db->store);
		w->db->driver->upkeep(w->db, idle(w));
	}
	return NULL;
}

enum err
writer_start(struct db *db, struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));
	sigset_t all, before;
	int failed;

	if (!w)
		die("out of memory");
	w->db = db;
	w->last = &w->first;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->queued, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		free(w);
		return ERR_UNAVAILABLE;
	}
	pthread_setname_np(w->thread, "store-writer");
	*out = w;
	return OK;
}

enum err
writer_run(struct writer *w, struct ctx *cx, store_fn fn, void *arg)
{
	struct job job = {.cx = cx, .fn = fn, .arg = arg};

	sem_init(&job.done, 0, 0);
	pthread_mutex_lock(&w->mutex);
	*w->last = &job;
	w->last = &job.next;
	pthread_mutex_unlock(&w->mutex);
	pthread_cond_signal(&w->queued);
	while (sem_wait(&job.done) != 0)
		continue;
	sem_destroy(&job.done);
	return job.result;
}

void
writer_stop(struct writer *w)
{
	pthread_mutex_lock(&w->mutex);
	w->stop = true;
	pthread_mutex_unlock(&w->mutex);
	pthread_cond_signal(&w->queued);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->queued);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
