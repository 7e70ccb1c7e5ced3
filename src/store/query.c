/*
 * Running a named statement: which connection it goes to, what its arguments and cells are. Nothing
 * here knows an engine; the statement's text is chosen behind the driver's table.
 */
#include "store/query.h"

#include "store/driver.h"

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
run(struct ctx *cx, enum query q, const struct arg *args, size_t n, struct result *r)
{
	struct db *db;
	enum err e;

	if ((int)n != query_texts[q].params)
		die("%s takes %d arguments, got %zu", query_texts[q].name, query_texts[q].params,
		    n);
	TRY(store_reader(cx, &db));
	if (db->reading)
		die("%s from inside a row callback", query_texts[q].name);
	e = db->driver->run(db, cx, q, args, r);
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
