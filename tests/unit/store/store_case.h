/*
 * A store of the test's own, made and removed by it, and contexts that use it: in a folder under
 * /tmp; or, when ALDGATE_TEST_ENGINE is "postgres", in a schema of the database that
 * ALDGATE_TEST_DATABASE_URL names.
 */
#ifndef TESTS_STORE_CASE_H
#define TESTS_STORE_CASE_H

#include "../unit.h"

#include "base/uuid.h"
#include "pg_case.h"
#include "store/driver.h"
#include "store/store.h"

#include <ftw.h>
#include <unistd.h>

/* cmocka's own calls its fail(), which is another function here. */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#define NOW INT64_C(1700000000000000)

struct place_case {
	char folder[64];
	char path[96];
	char schema[64];
	char url[1024]; /* that leads to the schema */
	struct config config;
	char said[1024]; /* the last problem */
};

struct cx_case {
	struct arena arena;
	struct ctx cx;
};

static inline bool
on_postgres(void)
{
	const char *engine = getenv("ALDGATE_TEST_ENGINE");

	return engine && strcmp(engine, "postgres") == 0;
}

/* Whether this run can't be; says so. */
static inline bool
store_case_skipped(void)
{
	if (!on_postgres() || getenv("ALDGATE_TEST_DATABASE_URL"))
		return false;
	printf("skipped: ALDGATE_TEST_DATABASE_URL names no PostgreSQL\n");
	return true;
}

/* A schema of its own. */
static inline void
place_make_on(struct place_case *p, const char *url)
{
	static int made;
	char sql[128];

	memset(p, 0, sizeof(*p));
	snprintf(p->schema, sizeof(p->schema), "aldgate_test_%d_%d", (int)getpid(), ++made);
	snprintf(sql, sizeof(sql), "create schema %s", p->schema);
	pg_case_tell(url, sql);
	snprintf(p->url, sizeof(p->url), "%s%coptions=-csearch_path%%3D%s", url,
		 strchr(url, '?') ? '&' : '?', p->schema);
	p->config.database_url = (struct secret){p->url, strlen(p->url)};
}

static inline void
place_make(struct place_case *p)
{
	static const char pattern[] = "/tmp/aldgate-test-XXXXXX";

	if (on_postgres()) {
		place_make_on(p, getenv("ALDGATE_TEST_DATABASE_URL"));
		return;
	}
	memset(p, 0, sizeof(*p));
	memcpy(p->folder, pattern, sizeof(pattern));
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof(p->path), "%s/data/aldgate.db", p->folder);
	p->config.database_path = str_of(p->path);
}

static inline int
place_remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED,
		 struct FTW *f UNUSED)
{
	return remove(path);
}

static inline void
place_remove(struct place_case *p)
{
	char sql[128];

	if (p->url[0]) {
		snprintf(sql, sizeof(sql), "drop schema %s cascade", p->schema);
		pg_case_tell(getenv("ALDGATE_TEST_DATABASE_URL"), sql);
		return;
	}
	nftw(p->folder, place_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline enum err
place_open(struct place_case *p, enum store_migration how, struct store **out)
{
	struct buf problem;
	enum err e;

	buf_init(&problem, sizeof(p->said));
	e = store_open(&p->config, how, out, &problem);
	snprintf(p->said, sizeof(p->said), "%.*s", (int)problem.n, problem.n ? problem.p : "");
	buf_release(&problem);
	return e;
}

static inline void
cx_make(struct cx_case *c, struct store *s)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena, 64 << 20);
	c->cx.arena = &c->arena;
	c->cx.store = s;
}

static inline void
cx_end(struct cx_case *c)
{
	store_thread_end(c->cx.store);
	arena_release(&c->arena);
}

/* For tests of one store each: state is a struct store_case. */
struct store_case {
	struct place_case place;
	struct store *store;
	struct cx_case c;
};

static inline int
store_case_make(void **state)
{
	struct store_case *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	place_make(&t->place);
	if (place_open(&t->place, STORE_MIGRATE, &t->store) != OK)
		fail_msg("%s", t->place.said);
	cx_make(&t->c, t->store);
	*state = t;
	return 0;
}

static inline int
store_case_end(void **state)
{
	struct store_case *t = *state;

	cx_end(&t->c);
	store_close(t->store);
	place_remove(&t->place);
	free(t);
	return 0;
}

/*
 * Runs fn in a transaction of this thread, where cmocka's asserts work (an embedded store's writer
 * is another); it must return want.
 */
static inline void
here_gives(struct store_case *t, store_fn fn, void *arg, enum err want)
{
	struct ctx *cx = &t->c.cx;
	enum err e;

	if (!store_is_embedded(t->store)) {
		assert_int_equal(store_write(cx, fn, arg), want);
		return;
	}
	cx->db = t->store->db;
	cx->db->failure = OK;
	assert_int_equal(cx->db->driver->control(cx->db, DB_BEGIN), OK);
	e = fn(cx, arg);
	assert_int_equal(cx->db->driver->control(cx->db, e == OK ? DB_COMMIT : DB_ROLLBACK), OK);
	cx->db = NULL;
	assert_int_equal(e, want);
}

static inline void
here(struct store_case *t, store_fn fn, void *arg)
{
	here_gives(t, fn, arg, OK);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, store_case_make, store_case_end)

/* An id that is told from others by n. */
static inline struct uuid
id_of(uint32_t n)
{
	struct uuid id = {{1}};

	memcpy(id.b + 12, &n, sizeof(n));
	return id;
}

#endif
