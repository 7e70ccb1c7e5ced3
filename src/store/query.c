/*
 * Running a named statement: which connection it goes to, what its arguments and cells are. Nothing
 * here knows an engine; the statement's text is chosen behind the driver's table.
 */
#include "store/query.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "store/db_pool.h"

struct arg
arg_text(struct str s)
{
	return s.p ? (struct arg){.kind = ARG_TEXT, .s = s} : A_NULL;
}

struct arg
arg_blob(struct str s)
{
	return s.p ? (struct arg){.kind = ARG_BLOB, .s = s} : A_NULL;
}

struct arg
arg_id(const struct uuid *id)
{
	if (!id || uuid_is_zero(id))
		return A_NULL;
	return arg_blob((struct str){(const char *)id->b, sizeof(id->b)});
}

struct arg
arg_before(const struct uuid *id)
{
	static const struct uuid last = {
		{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};

	return arg_id(id ? id : &last);
}

struct arg
arg_time(int64_t us)
{
	return us ? A_INT(us) : A_NULL;
}

bool
row_null(const struct row *r, int column)
{
	return r->driver->cell(r, column).kind == ARG_NULL;
}

int64_t
row_int(const struct row *r, int column)
{
	return r->driver->cell(r, column).i;
}

bool
row_bool(const struct row *r, int column)
{
	return row_int(r, column) == 1;
}

struct str
row_text(struct ctx *cx, const struct row *r, int column)
{
	struct arg cell = r->driver->cell(r, column);

	return cell.s.p ? str_copy(cx->arena, cell.s) : STR_NONE;
}

struct str
row_blob(struct ctx *cx, const struct row *r, int column)
{
	return row_text(cx, r, column);
}

struct uuid
row_id(const struct row *r, int column)
{
	struct arg cell = r->driver->cell(r, column);
	struct uuid id = {{0}};

	if (cell.kind == ARG_BLOB && cell.s.n == sizeof(id.b))
		memcpy(id.b, cell.s.p, sizeof(id.b));
	return id;
}

static enum err
run_on(struct db *db, struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	if (db->reading)
		die("%s from inside a row callback", query_texts[q].name);
	return db->driver->run(db, cx, q, args, r);
}

/* After a statement failed a transaction can only end: one engine would let it go on, another not.
 */
static enum err
run_in_transaction(struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	struct db *db = cx->db;

	if (db->failure != OK) {
		log_event(cx, LOG_ERROR, "store_misused", LOG_Z("statement", query_texts[q].name),
			  LOG_Z("after", err_row(db->failure)->name));
		return db->failure == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_INTERNAL;
	}
	db->failure = run_on(db, cx, q, args, r);
	return db->failure;
}

/* A connection that has been idle may turn out to be broken; then a new one is asked, once. */
static enum err
run_on_lent(struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	int64_t deadline = clock_mono() + DB_PATIENCE;
	bool fresh = false;
	struct db *db;
	enum err e;

	do {
		TRY(db_pool_take(cx, deadline, fresh, &db));
		e = run_on(db, cx, q, args, r);
		fresh = db->lost && !db->fresh;
		db_pool_give(db);
	} while (e == ERR_UNAVAILABLE && fresh);
	return e;
}

static enum err
run_anywhere(struct ctx *cx, enum query q, const struct arg *args, struct result *r)
{
	struct db *db;

	if (cx->db)
		return run_in_transaction(cx, q, args, r);
	if (cx->store->pool)
		return run_on_lent(cx, q, args, r);
	TRY(store_reader(cx, &db));
	return run_on(db, cx, q, args, r);
}

static enum err
run(struct ctx *cx, enum query q, const struct arg *args, size_t n, struct result *r)
{
	int64_t began;
	enum err e;

	if ((int)n != query_texts[q].params)
		die("%s takes %d arguments, got %zu", query_texts[q].name, query_texts[q].params,
		    n);
	began = cx->db ? 0 : clock_mono();
	e = run_anywhere(cx, q, args, r);
	if (began)
		metric_time(TIMER_STORE_READ, clock_mono() - began);
	return e == ERR_UNAVAILABLE ? fail_retry(cx, e, SECOND) : e;
}

enum err
query_run(struct ctx *cx, enum query q, const struct arg *args, size_t n, int64_t *changed)
{
	struct result r = {.most = INT64_MAX};

	TRY(run(cx, q, args, n, &r));
	if (changed)
		*changed = r.changed;
	return OK;
}

enum err
query_one(struct ctx *cx, enum query q, const struct arg *args, size_t n, row_fn each, void *out)
{
	struct result r = {.each = each, .out = out, .most = 1};

	TRY(run(cx, q, args, n, &r));
	return r.rows ? OK : ERR_NOT_FOUND;
}

enum err
query_all(struct ctx *cx, enum query q, const struct arg *args, size_t n, row_fn each, void *out)
{
	struct result r = {.each = each, .out = out, .most = INT64_MAX};

	return run(cx, q, args, n, &r);
}

void
read_int(struct ctx *cx UNUSED, const struct row *r, void *out)
{
	*(int64_t *)out = row_int(r, 0);
}

void
read_there(struct ctx *cx UNUSED, const struct row *r UNUSED, void *out)
{
	*(bool *)out = true;
}
