/*
 * Promised messages. A row is written in the transaction that promises it and deleted when its
 * message was handed over; in between a worker holds it by a lease, so a crash sends late or twice
 * but never not at all.
 */
#include "store/outbox.h"

#include "store/driver.h"
#include "store/rows.h"

struct visit {
	outbox_fn each;
	void *arg;
};

struct depth {
	int64_t rows, oldest_at;
};

enum err
outbox_insert(struct ctx *cx, const struct outbox_row *r)
{
	if (!cx->db)
		die("outbox_insert outside a transaction");
	TRY(RUN(cx, Q_OUTBOX_INSERT, NULL, A_ID(&r->id), A_TEXT(r->channel), A_BLOB(r->payload),
		A_INT(r->created_at), A_INT(r->next_at), A_INT(r->attempts)));
	cx->db->outbox = true;
	return OK;
}

static void
outbox_read(struct ctx *cx, const struct row *r, void *out)
{
	const struct visit *v = out;
	struct outbox_row row = {
		.id = row_id(r, 0),
		.channel = row_text(cx, r, 1),
		.payload = row_blob(cx, r, 2),
		.created_at = row_int(r, 3),
		.next_at = row_int(r, 4),
		.attempts = row_int(r, 5),
	};

	v->each(cx, &row, v->arg);
}

enum err
outbox_due(struct ctx *cx, struct str channel, int64_t now, int64_t limit, outbox_fn each,
	   void *arg)
{
	struct visit v = {each, arg};

	return ALL(cx, Q_OUTBOX_DUE, outbox_read, &v, A_TEXT(channel), A_INT(now), A_INT(limit));
}

enum err
outbox_next(struct ctx *cx, struct str channel, int64_t *at)
{
	return ONE(cx, Q_OUTBOX_NEXT, read_int, at, A_TEXT(channel));
}

enum err
outbox_take(struct ctx *cx, const struct uuid *id, int64_t was, int64_t lease_until)
{
	int64_t changed;

	TRY(RUN(cx, Q_OUTBOX_TAKE, &changed, A_ID(id), A_INT(was), A_INT(lease_until)));
	return changed_one(changed);
}

enum err
outbox_delay(struct ctx *cx, const struct uuid *id, int64_t next_at)
{
	int64_t changed;

	TRY(RUN(cx, Q_OUTBOX_DELAY, &changed, A_ID(id), A_INT(next_at)));
	return changed_one(changed);
}

enum err
outbox_delete(struct ctx *cx, const struct uuid *id)
{
	int64_t changed;

	TRY(RUN(cx, Q_OUTBOX_DELETE, &changed, A_ID(id)));
	return changed_one(changed);
}

static void
read_depth(struct ctx *cx UNUSED, const struct row *r, void *out)
{
	*(struct depth *)out = (struct depth){row_int(r, 0), row_int(r, 1)};
}

enum err
outbox_depth(struct ctx *cx, int64_t *rows, int64_t *oldest_at)
{
	struct depth depth = {0};

	TRY(query_one(cx, Q_OUTBOX_DEPTH, NULL, 0, read_depth, &depth));
	*rows = depth.rows;
	*oldest_at = depth.oldest_at;
	return OK;
}

enum err
outbox_release(struct ctx *cx, int64_t now)
{
	return RUN(cx, Q_OUTBOX_RELEASE, NULL, A_INT(now));
}
