/*
 * Sessions with their users as they were read last, so that the check of each request need not read
 * them again. For src/store only, and for an embedded store only: its one writer tells of every row
 * that it changes. Shared by all threads; bounded, the least used go.
 *
 * An entry is good while nothing of its user has changed. recall_changed gathers during a
 * transaction; recall_publish, after the COMMIT and before anybody is told of it, makes what has
 * gathered count. So nobody finds what was true before an acknowledged write.
 */
#ifndef STORE_RECALL_H
#define STORE_RECALL_H

#include "store/session.h"

struct recall;

struct recall *recall_new(void);
void recall_free(struct recall *r);

/* Texts in the arena; false when it is not known, or not known to be good. */
bool recall_find(struct recall *r, const struct uuid *session, struct arena *a, struct session *s,
		 struct user *u);
/*
 * Keeps what was read. commits is the store's count of commits, and before what that was ahead of
 * the read: does nothing when a commit came between, since its change may be missing in the row.
 */
void recall_keep(struct recall *r, const struct session *s, const struct user *u,
		 const _Atomic uint64_t *commits, uint64_t before);

/* The rest is the writer's. The store counts a commit before recall_publish. */
void recall_changed(struct recall *r, const struct uuid *user);
void recall_changed_all(struct recall *r);
void recall_publish(struct recall *r);

#endif
