/* Takes away what has had its time, in small batches, so that no sweep holds up a request. */
#ifndef DOMAIN_SWEEP_H
#define DOMAIN_SWEEP_H

#include "base/ctx.h"

/* One round: some of everything that is due. */
MUST_CHECK enum err sweep(struct ctx *cx);

#endif
