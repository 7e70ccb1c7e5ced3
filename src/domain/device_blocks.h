/* Devices that an administrator keeps out: for everybody, or for one user. */
#ifndef DOMAIN_DEVICE_BLOCKS_H
#define DOMAIN_DEVICE_BLOCKS_H

#include "base/list.h"
#include "domain/cursor.h"
#include "domain/verify.h"
#include "store/device_block.h"

struct device_block_in {
	struct str device_id;
	struct uuid user;  /* all zero: for everybody */
	struct str reason; /* of an unblocking: may be absent */
};
/* Blocking again replaces the reason. ERR_NOT_FOUND for an unknown user. */
MUST_CHECK enum err
device_block(struct ctx *cx, const struct device_block_in *in, struct nothing *out);
/* ERR_NOT_FOUND when that very block is not there. */
MUST_CHECK enum err
device_unblock(struct ctx *cx, const struct device_block_in *in, struct nothing *out);

struct device_block_list {
	struct list items; /* struct device_block, by device_id */
	struct str next_cursor;
};
MUST_CHECK enum err
device_blocks_list(struct ctx *cx, const struct page_in *in, struct device_block_list *out);

#endif
