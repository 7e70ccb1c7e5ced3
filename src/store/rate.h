/*
 * Rates that several servers keep together, in a store that is not embedded: the generic cell rate
 * algorithm for a key, decided by one statement. These are no part of any transaction.
 */
#ifndef STORE_RATE_H
#define STORE_RATE_H

#include "base/ctx.h"

/*
 * `burst` at once, then one each window / burst. *wait: 0 when taken, else microseconds until it
 * may be tried again (nothing was taken). *left: how many more could be taken right now. now is the
 * wall clock, since servers share no other; the key is a hash that all of them make alike.
 */
MUST_CHECK enum err rate_take_shared(struct ctx *cx, const uint8_t key[static 16], int64_t now,
				     int64_t burst, int64_t window, int64_t *wait, int64_t *left);
/* Removes those that were due before `before`, at most limit. */
MUST_CHECK enum err rate_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

#endif
