/*
 * Counts of failures (and later of messages), durable: a kind, a keyed hash of whom or what it is
 * about, how many in a row, when the last one was, and until when the next must wait. What they
 * mean is domain/attempts.c.
 */
#ifndef STORE_COUNT_H
#define STORE_COUNT_H

#include "base/ctx.h"

struct count {
	int64_t failures;
	int64_t last_at;
	int64_t wait_until; /* 0: no wait */
};

/* All zero when there is none: never ERR_NOT_FOUND. */
MUST_CHECK enum err
count_get(struct ctx *cx, struct str kind, const uint8_t key[static 32], struct count *out);
MUST_CHECK enum err
count_set(struct ctx *cx, struct str kind, const uint8_t key[static 32], const struct count *c);
MUST_CHECK enum err count_clear(struct ctx *cx, struct str kind, const uint8_t key[static 32]);
/* All whose key begins with these 16 bytes. */
MUST_CHECK enum err
count_clear_prefix(struct ctx *cx, struct str kind, const uint8_t prefix[static 16]);
/* Removes those whose last_at is before `before`, at most limit; *removed may be NULL. */
MUST_CHECK enum err
count_sweep(struct ctx *cx, struct str kind, int64_t before, int64_t limit, int64_t *removed);

#endif
