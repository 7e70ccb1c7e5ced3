/* The one thread that writes an embedded store, and its group commit. For src/store only. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/driver.h"

struct writer;

/* Starts the thread; db is its own until writer_stop returns. ERR_UNAVAILABLE when there is no
 * thread to be had. */
MUST_CHECK enum err writer_start(struct db *db, struct writer **out);
/* Runs fn in a transaction and waits for the commit. */
MUST_CHECK enum err writer_run(struct writer *w, struct ctx *cx, store_fn fn, void *arg);
/* Finishes what has queued, ends the thread and frees w. */
void writer_stop(struct writer *w);

#endif
