/* Access that was given: sessions, and what is half-way to one. */
#ifndef DOMAIN_ACCESS_H
#define DOMAIN_ACCESS_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Inside a store_write: ends the user's sessions but `keep` (NULL: all) for the reason `why`, and
 * every open challenge and ticket. */
MUST_CHECK enum err access_end(struct ctx *cx, const struct uuid *user, const struct uuid *keep,
			       struct str why, int64_t now);

#endif
