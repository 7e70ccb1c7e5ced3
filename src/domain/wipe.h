/* Takes from an unproven account what its holder set up, before it passes to who proved the
 * address. 1-core.md. */
#ifndef DOMAIN_WIPE_H
#define DOMAIN_WIPE_H

#include "store/user.h"

/*
 * Inside a store_write. u: the unproven account; afterwards it is proven, with this name and
 * password (absent: none), the default role, and nothing else of before. u is set anew.
 */
MUST_CHECK enum err account_wipe(struct ctx *cx, struct user *u, struct str full_name,
				 struct str password, int64_t now);

#endif
