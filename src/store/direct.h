/* How a store on a server is written: on the calling thread. For src/store only. */
#ifndef STORE_DIRECT_H
#define STORE_DIRECT_H

#include "store/driver.h"

/* Runs fn in a transaction, again when it lost against another. */
MUST_CHECK enum err direct_run(struct ctx *cx, store_fn fn, void *arg);

#endif
