/* Takes away what has had its time, in small batches, so that no sweep holds up a request. */
#ifndef DOMAIN_SWEEP_H
#define DOMAIN_SWEEP_H

#include "base/ctx.h"

/* One round: at most 4,000 rows of each kind that is due, *more when another round would find some
 * at once. A kind that fails is logged and the others go on; the first error is returned. Runs its
 * own store_writes. */
MUST_CHECK enum err sweep(struct ctx *cx, bool *more);

#endif
