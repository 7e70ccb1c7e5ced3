/* Messages that were promised and are not sent yet. A row goes when its message was handed over. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "base/ctx.h"
#include "base/uuid.h"

struct outbox_row {
	struct uuid id;
	struct str channel; /* "email", "sms", "webhook" (to the provider of identity checks) */
	struct str payload; /* sealed JSON, context "outbox:" and the id's text */
	int64_t created_at, next_at;
	int64_t attempts;
};

/* Inside a store_write; wakes the worker after the commit. */
MUST_CHECK enum err outbox_insert(struct ctx *cx, const struct outbox_row *r);
typedef void (*outbox_fn)(struct ctx *cx, const struct outbox_row *r, void *arg);
/* Those of a channel (absent: of all) whose next_at has come, oldest first, at most limit. What is
 * for nobody (channel "void") comes with "email". */
MUST_CHECK enum err outbox_due(struct ctx *cx, struct str channel, int64_t now, int64_t limit,
			       outbox_fn each, void *arg);
/* When the next one of a channel is due; 0: there is none. */
MUST_CHECK enum err outbox_next(struct ctx *cx, struct str channel, int64_t *at);
/*
 * Takes a due row for sending: attempts + 1 and next_at = lease_until, only if attempts is still
 * `was`; ERR_NOT_FOUND when another took it.
 */
MUST_CHECK enum err
outbox_take(struct ctx *cx, const struct uuid *id, int64_t was, int64_t lease_until);
MUST_CHECK enum err outbox_delay(struct ctx *cx, const struct uuid *id, int64_t next_at);
/* Makes everything that was tried due now, leased or delayed. */
MUST_CHECK enum err outbox_release(struct ctx *cx, int64_t now);
MUST_CHECK enum err outbox_delete(struct ctx *cx, const struct uuid *id);
MUST_CHECK enum err outbox_depth(struct ctx *cx, int64_t *rows, int64_t *oldest_at);

#endif
