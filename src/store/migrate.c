/*
 * Schema migrations: forward only, each in one transaction with the row that says that it was
 * applied, so a crash leaves either both or neither. A store that is newer than the program, or
 * whose migrations had another text, is refused: working on a schema that is not the expected one
 * could destroy accounts.
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
	if (e == OK)
		e = control(cx, DB_COMMIT);
	if (e != OK && cx->db->driver->in_transaction(cx->db) && control(cx, DB_ROLLBACK) != OK)
		die("the store can't end a transaction: %s", cx->db->driver->message(cx->db));
	return e;
}

static enum err
make_first_table(struct ctx *cx)
{
	TRY(cx->db->driver->mark(cx->db));
	return query_run(cx, Q_SCHEMA_VERSION_CREATE, NULL, 0, NULL);
}

static enum err
apply(struct ctx *cx, const struct migration *m)
{
	TRY(cx->db->driver->exec(cx->db, cx->db->driver->migration(m)));
	return RUN(cx, Q_SCHEMA_VERSION_ADD, NULL, A_INT(m->number), A_TEXT(str_of(m->name)),
		   A_TEXT(str_of(m->sum)), A_INT(clock_now()));
}

static enum err
apply_from(struct ctx *cx, int have, struct buf *problem)
{
	for (; have < MIGRATION_COUNT; have++) {
		const struct migration *m = &migrations[have];
		enum err e = control(cx, DB_BEGIN);

		if (e == OK)
			e = end(cx, apply(cx, m));
		if (e != OK) {
			buf_printf(problem, "migration %d (%s) failed and was undone: %s",
				   m->number, m->name, cx->db->driver->message(cx->db));
			return e;
		}
		log_event(cx, LOG_INFO, "store_migrated", LOG_INT("number", m->number),
			  LOG_Z("name", m->name));
	}
	return OK;
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
unreadable(struct ctx *cx, enum err e, struct buf *problem)
{
	buf_printf(problem, "the store's schema can't be read or made: %s",
		   cx->db->driver->message(cx->db));
	return e;
}

enum err
migrate(struct ctx *cx, enum store_migration how, struct buf *problem)
{
	struct applied a = {0};
	enum err e = OK;

	if (cx->db->blank && how != STORE_MIGRATE) {
		buf_printf(problem, "the store is empty: run aldgate migrate");
		return ERR_NOT_FOUND;
	}
	if (cx->db->blank)
		e = control(cx, DB_BEGIN);
	if (cx->db->blank && e == OK)
		e = end(cx, make_first_table(cx));
	if (e == OK)
		e = query_all(cx, Q_SCHEMA_VERSION_LIST, NULL, 0, read_applied, &a);
	if (e != OK)
		return unreadable(cx, e, problem);
	if (how == STORE_ANY_VERSION)
		return OK;
	TRY(judge(&a, how, problem));
	return apply_from(cx, a.have, problem);
}
