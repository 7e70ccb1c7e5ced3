/*
 * The store itself: opening and closing, which connection a caller reads from, and how a write gets
 * into a transaction. It knows drivers, not engines. On an embedded store a thread gets a reading
 * connection at its first read and keeps it, since opening one costs a thousand times what a read
 * costs; a server's connections are fewer than threads, and lent (db_pool.c).
 */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "store/db_pool.h"
#include "store/direct.h"
#include "store/migrate.h"
#include "store/place.h"
#include "store/recall.h"
#include "store/writer.h"

#include <unistd.h>

static __thread struct {
	uint64_t generation;
	struct db *db;
	bool keep; /* reads share snapshots */
} mine;

/* A migration is waited for. */
#define OPEN_PATIENCE HOUR

#define APART_ARENA ((size_t)4 * 1024 * 1024)

static char *
copy_z(const char *p, size_t n)
{
	char *copy = strndup(p, n);

	if (!copy)
		die("out of memory");
	return copy;
}

static void
free_url(char *url)
{
	if (url)
		wipe(url, strlen(url));
	free(url);
}

enum err
store_exists(const struct config *config, bool *exists, struct buf *problem)
{
	bool embedded = !str_absent(config->database_path);
	char *where;
	enum err e;

	if (embedded) {
		where = copy_z(config->database_path.p, config->database_path.n);
		e = place_look(where, exists, problem);
		free(where);
		return e;
	}
	where = copy_z(config->database_url.p, config->database_url.n);
	e = postgres_exists(where, exists, problem);
	free_url(where);
	return e;
}

static enum err
take_place(struct store *s, const struct config *config, bool may_create, struct buf *problem)
{
	char *path = copy_z(config->database_path.p, config->database_path.n);
	struct place place;
	enum err e;

	e = place_take(path, may_create, &place, problem);
	free(path);
	TRY(e);
	s->path = place.path;
	s->lock = place.lock;
	return OK;
}

/* Starts what the store is written through. */
static enum err
start_writing(struct store *s, struct buf *problem)
{
	enum err e;

	if (!s->driver->embedded) {
		s->driver->close(s->db);
		s->db = NULL;
		s->pool = db_pool_open(s);
		return OK;
	}
	e = writer_start(s->db, &s->writer);
	if (e != OK)
		buf_printf(problem, "can't start the store's writing thread");
	return e;
}

static enum err
bring_up(struct store *s, const struct config *config, enum store_migration how,
	 struct buf *problem)
{
	struct arena arena;
	struct ctx cx = {.arena = &arena, .config = config, .store = s};
	enum err e;

	if (s->driver->embedded)
		TRY(take_place(s, config, how == STORE_MIGRATE, problem));
	TRY(s->driver->open(s, DB_WRITES, clock_mono() + OPEN_PATIENCE, &s->db, problem));
	cx.db = s->db;
	arena_init(&arena, 1 << 20);
	e = migrate(&cx, how, problem);
	arena_release(&arena);
	TRY(e);
	return start_writing(s, problem);
}

enum err
store_open(const struct config *config, enum store_migration how, struct store **out,
	   struct buf *problem)
{
	static uint64_t generations;
	struct store *s = calloc(1, sizeof(*s));
	enum err e;

	if (!s)
		die("out of memory");
	s->driver = str_absent(config->database_path) ? &postgres_driver : &sqlite_driver;
	if (!s->driver->embedded)
		s->url = copy_z(config->database_url.p, config->database_url.n);
	else
		s->recall = recall_new();
	s->lock = -1;
	s->generation = __atomic_add_fetch(&generations, 1, __ATOMIC_RELAXED);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_mutex_init(&s->lane, NULL);
	e = bring_up(s, config, how, problem);
	if (e != OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return OK;
}

void
store_close(struct store *s)
{
	struct db *db;

	if (!s)
		return;
	if (s->writer)
		writer_stop(s->writer);
	while ((db = s->readers)) {
		s->readers = db->next;
		s->driver->close(db);
	}
	if (s->pool)
		db_pool_close(s->pool);
	if (s->db)
		s->driver->close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	recall_free(s->recall);
	pthread_mutex_destroy(&s->mutex);
	pthread_mutex_destroy(&s->lane);
	free_url(s->url);
	free(s->path);
	free(s);
}

bool
store_is_embedded(const struct store *s)
{
	return s->driver->embedded;
}

static struct db *
find_reader(struct store *s, bool unlink)
{
	struct db **at, *db;

	pthread_mutex_lock(&s->mutex);
	for (at = &s->readers; (db = *at); at = &db->next) {
		if (pthread_equal(db->thread, pthread_self()))
			break;
	}
	if (db && unlink)
		*at = db->next;
	pthread_mutex_unlock(&s->mutex);
	return db;
}

static enum err
open_reader(struct ctx *cx, struct db **out)
{
	struct store *s = cx->store;
	struct buf problem CLEANUP_BUF;
	struct db *db;

	buf_init(&problem, 1024);
	if (s->driver->open(s, DB_READS, 0, &db, &problem) != OK) {
		log_event(cx, LOG_ERROR, "store_failed", LOG_STR("message", buf_view(&problem)));
		return fail_retry(cx, ERR_UNAVAILABLE, SECOND);
	}
	db->thread = pthread_self();
	pthread_mutex_lock(&s->mutex);
	db->next = s->readers;
	s->readers = db;
	pthread_mutex_unlock(&s->mutex);
	*out = db;
	return OK;
}

void
store_thread_keep(struct store *s)
{
	mine.keep = s->driver->embedded;
}

/* Nothing was written in it, so however it ends is well. */
static void
end_snapshot(struct db *db)
{
	if (db->snapshot && db->driver->control(db, DB_COMMIT) != OK &&
	    db->driver->in_transaction(db))
		(void)!db->driver->control(db, DB_ROLLBACK);
	db->snapshot = false;
}

void
store_thread_rest(struct store *s)
{
	if (mine.generation == s->generation)
		end_snapshot(mine.db);
}

/* Gives up a snapshot that a commit has made old, and takes a new one. */
static enum err
keep_snapshot(struct store *s, struct db *db)
{
	uint64_t commits = s->commits;

	if (db->snapshot && db->commits == commits)
		return OK;
	end_snapshot(db);
	TRY(db->driver->control(db, DB_SNAPSHOT));
	db->snapshot = true;
	db->commits = commits;
	return OK;
}

enum err
store_reader(struct ctx *cx, struct db **out)
{
	struct store *s = cx->store;
	struct db *db;

	if (cx->db) {
		*out = cx->db;
		return OK;
	}
	if (mine.generation != s->generation) {
		db = find_reader(s, false);
		if (!db)
			TRY(open_reader(cx, &db));
		mine.db = db;
		mine.generation = s->generation;
	}
	if (mine.keep)
		TRY(keep_snapshot(s, mine.db));
	*out = mine.db;
	return OK;
}

void
store_thread_end(struct store *s)
{
	struct db *db = find_reader(s, true);

	if (db)
		s->driver->close(db);
	if (mine.generation == s->generation)
		mine.generation = 0;
}

enum err
store_write(struct ctx *cx, store_fn fn, void *arg)
{
	int64_t began = clock_mono();
	enum err e;

	if (cx->db)
		die("store_write inside a transaction");
	e = cx->store->writer ? writer_run(cx->store->writer, cx, fn, arg)
			      : direct_run(cx, fn, arg);
	metric_time(TIMER_STORE_WRITE, clock_mono() - began);
	return e == ERR_UNAVAILABLE ? fail_retry(cx, e, SECOND) : e;
}

enum err
store_write_apart(struct ctx *cx, store_fn fn, void *arg)
{
	struct arena arena;
	struct ctx own = *cx;
	enum err e;

	arena_init(&arena, APART_ARENA);
	own.arena = &arena;
	own.fault = (struct fault){0};
	e = store_write(&own, fn, arg);
	arena_release(&arena);
	return e;
}

void
store_on_outbox(struct store *s, void (*wake)(void *arg), void *arg)
{
	pthread_mutex_lock(&s->mutex);
	s->wake = wake;
	s->wake_arg = arg;
	pthread_mutex_unlock(&s->mutex);
}

/* Under the mutex, so that nobody who has taken the callback away (store_on_outbox) still gets it.
 */
void
store_wake_outbox(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
	if (s->wake)
		s->wake(s->wake_arg);
	pthread_mutex_unlock(&s->mutex);
}

static void
read_version(struct ctx *cx UNUSED, const struct row *r, void *out)
{
	*(int *)out = (int)row_int(r, 0);
}

enum err
store_version(struct ctx *cx, int *have, int *want)
{
	TRY(query_one(cx, Q_SCHEMA_VERSION_GET, NULL, 0, read_version, have));
	*want = MIGRATION_COUNT;
	return OK;
}

enum err
store_ping(struct ctx *cx)
{
	int have, want;

	TRY(store_version(cx, &have, &want));
	if (have == want)
		return OK;
	return fail(cx, ERR_UNAVAILABLE, "The store's schema has version %d, not %d.", have, want);
}
