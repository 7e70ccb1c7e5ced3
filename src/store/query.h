/*
 * How the entity files run a named statement. For src/store only. The statements stand in sql/ as
 * text with $1…$n; the generator makes of each the enum query value Q_<NAME> and its text for each
 * engine (queries.h, queries.c in the build folder).
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "queries.h"

struct arg {
	enum { ARG_NULL, ARG_INT, ARG_TEXT, ARG_BLOB } kind;
	int64_t i;
	struct str s;
};

#define A_INT(v) ((struct arg){.kind = ARG_INT, .i = (v)})
#define A_TEXT(v) arg_text(v) /* absent: NULL */
#define A_BLOB(v) arg_blob(v) /* absent: NULL */
#define A_MAC(p) arg_blob((struct str){(const char *)(p), 32})
#define A_ID(id) arg_id(id)         /* const struct uuid *; NULL or all zero: NULL */
#define A_BEFORE(id) arg_before(id) /* const struct uuid *; NULL: behind every id */
#define A_TIME(v) arg_time(v)       /* 0: NULL */
#define A_NULL ((struct arg){.kind = ARG_NULL})

struct arg arg_text(struct str s);
struct arg arg_blob(struct str s);
struct arg arg_id(const struct uuid *id);
struct arg arg_before(const struct uuid *id);
struct arg arg_time(int64_t us);

/* The row under the cursor; columns from 0. Texts and blobs are copied into cx's arena. */
struct row;
bool row_null(const struct row *r, int column);
int64_t row_int(const struct row *r, int column); /* NULL: 0 */
bool row_bool(const struct row *r, int column);
struct str row_text(struct ctx *cx, const struct row *r, int column); /* NULL: absent */
struct str row_blob(struct ctx *cx, const struct row *r, int column);
struct uuid row_id(const struct row *r, int column); /* NULL: all zero */

typedef void (*row_fn)(struct ctx *cx, const struct row *r, void *out);
void read_int(struct ctx *cx, const struct row *r, void *out);   /* an int64_t: column 0 */
void read_there(struct ctx *cx, const struct row *r, void *out); /* a bool: there is a row */

/* Runs it for its effect; *changed (may be NULL) gets the number of rows. */
MUST_CHECK enum err
query_run(struct ctx *cx, enum query q, const struct arg *args, size_t n, int64_t *changed);
/* The first row through each; ERR_NOT_FOUND when there is none. */
MUST_CHECK enum err
query_one(struct ctx *cx, enum query q, const struct arg *args, size_t n, row_fn each, void *out);
/* Every row through each. */
MUST_CHECK enum err
query_all(struct ctx *cx, enum query q, const struct arg *args, size_t n, row_fn each, void *out);

/* RUN(cx, Q_X, &changed, A_ID(id), …), ONE(cx, Q_X, row_fn, out, A_…), ALL(…): the arguments
 * counted. */
#define ARGS_(...)                                                                                 \
	(const struct arg[]){__VA_ARGS__},                                                         \
		sizeof((const struct arg[]){__VA_ARGS__}) / sizeof(struct arg)
#define RUN(cx, q, changed, ...) query_run((cx), (q), ARGS_(__VA_ARGS__), (changed))
#define ONE(cx, q, each, out, ...) query_one((cx), (q), ARGS_(__VA_ARGS__), (each), (out))
#define ALL(cx, q, each, out, ...) query_all((cx), (q), ARGS_(__VA_ARGS__), (each), (out))

#endif
