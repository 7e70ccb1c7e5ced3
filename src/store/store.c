/*
 * The store itself: opening and closing, which connection a caller reads from, and how a write gets
 * into a transaction. It knows drivers, not engines. A thread gets a reading connection at its
 * first read and keeps it, since opening one costs a thousand times what a read costs.
 */
#include "store/store.h"

#include "base/log.h"
#include "store/driver.h"
#include "store/migrate.h"
#include "store/place.h"
#include "store/writer.h"

#include <unistd.h>

static __thread struct {
	uint64_t generation;
	struct db *db;
} mine;

static enum err
no_server(struct buf *problem)
{
	buf_printf(problem, "database.url: this program knows sqlite: only");
	return ERR_INVALID;
}

enum err
store_exists(const struct config *config, bool *exists, struct buf *problem)
{
	char *path;
	enum err e;

	if (str_absent(config->database_path))
		return no_server(problem);
	path = strndup(config->database_path.p, config->database_path.n);
	if (!path)
		die("out of memory");
	e = place_look(path, exists, problem);
	free(path);
	return e;
}

static enum err
take_place(struct store *s, const struct config *config, bool may_create, struct buf *problem)
{
	char *path = strndup(config->database_path.p, config->database_path.n);
	struct place place;
	enum err e;

	if (!path)
		die("out of memory");
	e = place_take(path, may_create, &place, problem);
	free(path);
	TRY(e);
	s->path = place.path;
	s->lock = place.lock;
	return OK;
}

static enum err
bring_up(struct store *s, const struct config *config, enum store_migration how,
	 struct buf *problem)
{
	struct arena arena;
	struct ctx cx = {.arena = &arena, .config = config, .store = s};
	enum err e;

	TRY(take_place(s, config, how == STORE_MIGRATE, problem));
	TRY(s->driver->open(s, DB_WRITES, &s->db, problem));
	cx.db = s->db;
	arena_init(&arena, 1 << 20);
	e = migrate(&cx, how, problem);
	arena_release(&arena);
	TRY(e);
	e = writer_start(s->db, &s->writer);
	if (e != OK)
		buf_printf(problem, "can't start the store's writing thread");
	return e;
}

enum err
store_open(const struct config *config, enum store_migration how, struct store **out,
	   struct buf *problem)
{
	static uint64_t generations;
	struct store *s;
	enum err e;

	if (str_absent(config->database_path))
		return no_server(problem);
	s = calloc(1, sizeof(*s));
	if (!s)
		die("out of memory");
	s->driver = &sqlite_driver;
	s->lock = -1;
	s->generation = __atomic_add_fetch(&generations, 1, __ATOMIC_RELAXED);
	pthread_mutex_init(&s->mutex, NULL);
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
	if (s->db)
		s->driver->close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	pthread_mutex_destroy(&s->mutex);
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
	if (s->driver->open(s, DB_READS, &db, &problem) != OK) {
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

enum err
store_reader(struct ctx *cx, struct db **out)
{
	struct db *db;

	if (cx->db) {
		*out = cx->db;
		return OK;
	}
	if (mine.generation != cx->store->generation) {
		db = find_reader(cx->store, false);
		if (!db)
			TRY(open_reader(cx, &db));
		mine.db = db;
		mine.generation = cx->store->generation;
	}
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
	enum err e;

	if (cx->db)
		die("store_write inside a transaction");
	e = writer_run(cx->store->writer, cx, fn, arg);
	return e == ERR_UNAVAILABLE ? fail_retry(cx, e, SECOND) : e;
}

void
store_on_outbox(struct store *s, void (*wake)(void *arg), void *arg)
{
	pthread_mutex_lock(&s->mutex);
	s->wake = wake;
	s->wake_arg = arg;
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
