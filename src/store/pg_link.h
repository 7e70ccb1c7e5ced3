/*
 * One connection to PostgreSQL, spoken to without ever blocking for longer than its deadline
 * (struct db): a server that has stopped to answer costs its callers seconds, not their threads. A
 * link that failed has db.lost set and is only good for being closed. For src/store only.
 */
#ifndef STORE_PG_LINK_H
#define STORE_PG_LINK_H

#include "store/driver.h"
#include "store/libpq.h"

struct pg_link {
	struct db db;
	const struct libpq *pq;
	PGconn *conn;
	const char *begin; /* a transaction is to begin with the next statement, like this … */
	const char *turn;  /* … and then to wait for its turn, like this; NULL: not to */
	bool prepared[Q_COUNT_];
	char said[256]; /* what went wrong last */
	char code[8];   /* its SQLSTATE; empty when the connection broke */
};

static inline struct pg_link *
pg_link_of(struct db *db)
{
	return (struct pg_link *)db;
}

/* At most two seconds, and until the deadline; then runs settings. ERR_INVALID: the URL can't be
 * read, or the server is not one to work with. Else ERR_UNAVAILABLE; said tells. */
MUST_CHECK enum err pg_link_connect(struct pg_link *l, const char *url, const char *settings);
void pg_link_close(struct pg_link *l);
/* Statements without parameters, one or several. The last result, or the first bad one, which the
 * caller clears; NULL when the link was lost without a word. */
PGresult *pg_link_tell(struct pg_link *l, const char *sql);
/* Between the two n statements are sent with libpq's functions; they go out together. Returns as
 * pg_link_tell does; *good: how many of them were well done. */
MUST_CHECK bool pg_link_start(struct pg_link *l);
PGresult *pg_link_finish(struct pg_link *l, int n, int *good);
/* What a result (NULL: a lost link) means; sets said, code, db.lost and db.again when it is bad. */
enum err pg_link_judge(struct pg_link *l, const PGresult *result);

#endif
