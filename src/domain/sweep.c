/* A row a kind: how old it may grow. Each batch is a transaction of its own. */
#include "domain/sweep.h"

#include "base/clock.h"
#include "store/count.h"
#include "store/store.h"

#define BATCH 200
#define BATCHES_MOST 20 /* a round and kind */

static const struct {
	const char *kind;
	int64_t life; /* since the last change */
} counts[] = {
	{"password_pair", 2 * DAY}, {"password_account", 400 * DAY}, {"password_notice", 2 * DAY},
	{"place", 31 * DAY},	    {"code", 400 * DAY},	     {"mail_10m", HOUR},
	{"mail_day", 2 * DAY},
};

struct batch {
	struct str kind;
	int64_t before, removed;
};

static enum err
remove_counts(struct ctx *cx, void *arg)
{
	struct batch *b = arg;

	return count_sweep(cx, b->kind, b->before, BATCH, &b->removed);
}

enum err
sweep(struct ctx *cx)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct batch b = {.kind = str_of(counts[i].kind), .before = now - counts[i].life, .removed = BATCH};

		for (int n = 0; n < BATCHES_MOST && b.removed == BATCH; n++)
			TRY(store_write(cx, remove_counts, &b));
	}
	return OK;
}
