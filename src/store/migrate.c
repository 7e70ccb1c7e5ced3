/*
 * Schema migrations: forward only, each in one transaction with the row that says that it was
 * applied, so a crash leaves either both or neither, and of two servers one does the work. A store
 * that is newer than the program, or whose migrations had another text, is refused: working on a
 * schema that is not the expected one could destroy accounts.
 */
#include "store/migrate.h"

#include "base/clock.h"
#include "base/log.h"

struct applied {
	int have;
	int rows;
	const char *changed; /* a migration whose text was another */
};

static void
read_applied(struct ctx *cx, const struct row *r, void *out)
{
	struct applied *a = out;
	int number = (int)row_int(r, 0);

	a->have = number;
	a->rows++;
	if (number < 1 || number > MIGRATION_COUNT || a->changed)
		return;
	if (!str_eq(row_text(cx, r, 2), str_of(migrations[number - 1].sum)))
		a->changed = migrations[number - 1].name;
}

static enum err
control(struct ctx *cx, enum db_control what)
{
	return cx->db->driver->control(cx->db, what);
}

/* Ends the transaction by e: commits after OK, else rolls back. */
static enum err
end(struct ctx *cx, enum err e)
{
	struct db *db = cx->db;

	if (e == OK)
		e = control(cx, DB_COMMIT);
	if (e != OK && !db->lost && db->driver->in_transaction(db) &&
	    control(cx, DB_ROLLBACK) != OK && !db->lost)
		die("the store can't end a transaction: %s", db->driver->message(db));
	return e;
}

static enum err
make_first_table(struct ctx *cx)
{
	if (cx->db->driver->mark)
		TRY(cx->db->driver->mark(cx->db));
	return query_run(cx, Q_SCHEMA_VERSION_CREATE, NULL, 0, NULL);
}

static enum err
read_all(struct ctx *cx, struct applied *a, struct buf *problem)
{
	enum err e = OK;

	*a = (struct applied){0};
	if (cx->db->blank)
		e = make_first_table(cx);
	if (e == OK)
		e = query_all(cx, Q_SCHEMA_VERSION_LIST, NULL, 0, read_applied, a);
	if (e != OK)
		buf_printf(problem, "the store's schema can't be read or made: %s",
			   cx->db->driver->message(cx->db));
	return e;
}

static enum err
judge(const struct applied *a, enum store_migration how, struct buf *problem)
{
	if (a->have > MIGRATION_COUNT) {
		buf_printf(problem,
			   "the store's schema has version %d, and this program knows only %d: run "
			   "a newer aldgate",
			   a->have, MIGRATION_COUNT);
		return ERR_INVALID;
	}
	if (a->changed || a->rows != a->have) {
		buf_printf(problem,
			   "the store was made by another edition of aldgate: its migration %s is "
			   "not the one this program has",
			   a->changed ? a->changed : "list");
		return ERR_INVALID;
	}
	if (a->have < MIGRATION_COUNT && how == STORE_MUST_BE_CURRENT) {
		buf_printf(problem,
			   "the store's schema has version %d, and this program needs %d: run "
			   "aldgate migrate",
			   a->have, MIGRATION_COUNT);
		return ERR_INVALID;
	}
	return OK;
}

static enum err
apply(struct ctx *cx, const struct migration *m, struct buf *problem)
{
	enum err e = cx->db->driver->exec(cx->db, cx->db->driver->migration(m));

	if (e == OK)
		e = RUN(cx, Q_SCHEMA_VERSION_ADD, NULL, A_INT(m->number), A_TEXT(str_of(m->name)),
			A_TEXT(str_of(m->sum)), A_INT(clock_now()));
	if (e != OK)
		buf_printf(problem, "migration %d (%s) failed and was undone: %s", m->number,
			   m->name, cx->db->driver->message(cx->db));
	return e;
}

/* Another server may be at it at the same moment: what is missing is looked at inside the
 * transaction, which only one has at a time. */
static enum err
step(struct ctx *cx, struct applied *a, struct buf *problem)
{
	TRY(read_all(cx, a, problem));
	TRY(judge(a, STORE_MIGRATE, problem));
	if (a->have == MIGRATION_COUNT)
		return OK;
	return apply(cx, &migrations[a->have], problem);
}

static enum err
climb(struct ctx *cx, struct buf *problem)
{
	struct applied a;
	enum err e;

	do {
		cx->db->failure = OK;
		e = control(cx, DB_MIGRATE);
		if (e == OK)
			e = end(cx, step(cx, &a, problem));
		if (e != OK && problem->n == 0)
			buf_printf(problem, "the store can't be migrated: %s",
				   cx->db->driver->message(cx->db));
		TRY(e);
		cx->db->blank = false;
		if (a.have < MIGRATION_COUNT)
			log_event(cx, LOG_INFO, "store_migrated",
				  LOG_INT("number", migrations[a.have].number),
				  LOG_Z("name", migrations[a.have].name));
	} while (a.have + 1 < MIGRATION_COUNT);
	return OK;
}

enum err
migrate(struct ctx *cx, enum store_migration how, struct buf *problem)
{
	struct applied a;

	if (cx->db->blank && how != STORE_MIGRATE) {
		buf_printf(problem, "the store is empty: run aldgate migrate");
		return ERR_NOT_FOUND;
	}
	if (cx->db->blank)
		return climb(cx, problem);
	TRY(read_all(cx, &a, problem));
	if (how == STORE_ANY_VERSION)
		return OK;
	TRY(judge(&a, how, problem));
	return a.have < MIGRATION_COUNT ? climb(cx, problem) : OK;
}
