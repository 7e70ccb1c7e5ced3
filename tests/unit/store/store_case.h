/* A store in a folder of its own under /tmp, made and removed by the test; and contexts that use
 * it. */
#ifndef TESTS_STORE_CASE_H
#define TESTS_STORE_CASE_H

#include "../unit.h"

#include "base/uuid.h"
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
	struct config config;
	char said[1024]; /* the last problem */
};

struct cx_case {
	struct arena arena;
	struct ctx cx;
};

static inline void
place_make(struct place_case *p)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->folder, sizeof(p->folder), "/tmp/aldgate-test-XXXXXX");
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
