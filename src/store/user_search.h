/* Looking accounts up, for those who run the place. */
#ifndef STORE_USER_SEARCH_H
#define STORE_USER_SEARCH_H

#include "store/user.h"

struct user_filter {
	struct str prefix; /* in lower case, of e-mail, username or full name; absent: any */
	struct str role;   /* absent: any */
	struct str status; /* "active", "locked", "deleted"; absent: any */
	int64_t now;       /* by which a lock has ended or not */
};

/* Newest first, those before `before` (NULL: from the newest), at most limit. */
MUST_CHECK enum err user_find(struct ctx *cx, const struct user_filter *f,
			      const struct uuid *before, int64_t limit, user_fn each, void *arg);

#endif
