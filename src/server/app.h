/*
 * All that a process needs to run use cases: configuration, master key, store, signing keys, hash
 * slots, shared memory. Opened in this order, closed in the other.
 */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include "base/config.h"
#include "base/ctx.h"
#include "domain/caller.h"
#include "store/store.h"

struct app {
	const struct config *config;
	struct ctx
		cx; /* the pointers that every other ctx starts from; its arena is the app's own */
	struct arena arena;
	struct caller nobody;
};

/*
 * ERR_TAKEN: another process has the embedded store open. *problem: one sentence for the operator.
 * config must outlive the app. On failure nothing stays open.
 */
MUST_CHECK enum err app_open(struct app *app, const struct config *config, enum store_migration how,
			     struct buf *problem);
void app_close(struct app *app);

#endif
