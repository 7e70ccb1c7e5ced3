/* Random bytes from the kernel. When it has none the caller must refuse; there is no second source.
 */
#ifndef BASE_RND_H
#define BASE_RND_H

#include "base/err.h"

/* ERR_UNAVAILABLE when getrandom(2) fails. */
MUST_CHECK enum err rnd_bytes(void *p, size_t n);
/* Uniform in [0, below), below > 0, without modulo bias. */
MUST_CHECK enum err rnd_below(uint32_t below, uint32_t *out);
/* For jitter only, never for secrets: uniform in [0, below). Does not fail. */
uint64_t rnd_jitter(uint64_t below);
/* Tests: makes the next calls fail. */
void rnd_break(bool broken);

#endif
