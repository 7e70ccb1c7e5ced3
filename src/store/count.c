/* Counts of failures. Only keyed hashes of whom they are about are stored, so the table tells
 * nobody's name. */
#include "store/count.h"

#include "store/query.h"

static void
count_read(struct ctx *cx UNUSED, const struct row *r, void *out)
{
	*(struct count *)out = (struct count){row_int(r, 0), row_int(r, 1), row_int(r, 2)};
}

enum err
count_get(struct ctx *cx, struct str kind, const uint8_t key[static 32], struct count *out)
{
	enum err e = ONE(cx, Q_COUNT_GET, count_read, out, A_TEXT(kind), A_MAC(key));

	if (e != ERR_NOT_FOUND)
		return e;
	*out = (struct count){0};
	return OK;
}

enum err
count_set(struct ctx *cx, struct str kind, const uint8_t key[static 32], const struct count *c)
{
	return RUN(cx, Q_COUNT_SET, NULL, A_TEXT(kind), A_MAC(key), A_INT(c->failures),
		   A_INT(c->last_at), A_TIME(c->wait_until));
}

enum err
count_clear(struct ctx *cx, struct str kind, const uint8_t key[static 32])
{
	return RUN(cx, Q_COUNT_CLEAR, NULL, A_TEXT(kind), A_MAC(key));
}

enum err
count_sweep(struct ctx *cx, struct str kind, int64_t before, int64_t limit, int64_t *removed)
{
	return RUN(cx, Q_COUNT_SWEEP, removed, A_TEXT(kind), A_INT(before), A_INT(limit));
}

enum err
count_clear_prefix(struct ctx *cx, struct str kind, const uint8_t prefix[static 16])
{
	uint8_t least[32] = {0}, most[32];

	memset(most, 0xff, sizeof(most));
	memcpy(least, prefix, 16);
	memcpy(most, prefix, 16);
	return RUN(cx, Q_COUNT_CLEAR_RANGE, NULL, A_TEXT(kind), A_MAC(least), A_MAC(most));
}
