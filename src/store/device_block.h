/* Devices that may not sign in: for everybody, or for one user. */
#ifndef STORE_DEVICE_BLOCK_H
#define STORE_DEVICE_BLOCK_H

#include "base/ctx.h"
#include "base/uuid.h"

struct device_block {
	struct str device_id;
	struct uuid user_id;  /* all zero: for all */
	struct uuid actor_id; /* all zero: the command line */
	struct str reason;
	int64_t created_at;
};

/* Puts or replaces it. */
MUST_CHECK enum err device_block_put(struct ctx *cx, const struct device_block *b);
/* user NULL: the block for all. ERR_NOT_FOUND when there is none. */
MUST_CHECK enum err
device_block_delete(struct ctx *cx, struct str device_id, const struct uuid *user);
/* Whether the device is blocked for this user, by either kind. An absent device_id never is. */
MUST_CHECK enum err
device_block_find(struct ctx *cx, struct str device_id, const struct uuid *user, bool *blocked);
typedef void (*device_block_fn)(struct ctx *cx, const struct device_block *b, void *arg);
/* Ordered by device_id and scope ("all" or the user's id as text), behind (after_device,
 * after_scope), at most limit. */
MUST_CHECK enum err device_block_list(struct ctx *cx, struct str after_device,
				      struct str after_scope, int64_t limit, device_block_fn each,
				      void *arg);

#endif
