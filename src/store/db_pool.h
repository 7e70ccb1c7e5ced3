/*
 * The connections to a server, which callers hold by turns: each for one read or one transaction,
 * never while a password is hashed. There are far fewer than threads, since most of those wait for
 * something else. For src/store only.
 */
#ifndef STORE_DB_POOL_H
#define STORE_DB_POOL_H

#include "store/driver.h"

/* A process's. Kept well below the 100 that a PostgreSQL takes by default, for several servers. */
#define DB_POOL_MOST 16
/* From the first to the last moment of one read or one store_write. */
#define DB_PATIENCE (5 * SECOND)

struct db_pool *db_pool_open(struct store *s);
/* All must have been given back. */
void db_pool_close(struct db_pool *p);
/*
 * One to use until deadline; an idle one, or (always with fresh) a new one. Waits at most two
 * seconds for one; ERR_UNAVAILABLE when there is none to be had.
 */
MUST_CHECK enum err db_pool_take(struct ctx *cx, int64_t deadline, bool fresh, struct db **out);
void db_pool_give(struct db *db);

#endif
