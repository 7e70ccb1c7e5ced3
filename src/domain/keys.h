/* The signing keys of the store, opened with the master key and put into the ring; made on the first start. */
#ifndef DOMAIN_KEYS_H
#define DOMAIN_KEYS_H

#include "base/buf.h"
#include "base/ctx.h"

/*
 * Checks that the store belongs to cx->vault's master key, makes what is missing (the check itself, a key of token.alg), and fills
 * cx->keys. ERR_INVALID with a sentence in *problem when the master key is another.
 */
MUST_CHECK enum err keys_open(struct ctx *cx, struct buf *problem);
/* Reads the ring again. */
MUST_CHECK enum err keys_reload(struct ctx *cx);

#endif
