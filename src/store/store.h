/*
 * The store as the floors above see it: open, run something in a transaction, close. What can be
 * asked of it stands in the entity headers (user.h, session.h, …), whose functions are named like
 * their statements in sql/. SQLite and PostgreSQL are drivers behind this; nothing above knows
 * which it is.
 *
 * Reads outside a transaction go to a connection of the calling thread, or to one that is lent for
 * the read. Writes go through store_write: fn runs in a transaction, as if no other ran at the same
 * time, and must be short and pure (no hashing, no network, no signing), since it may run on
 * another thread (the caller's cx is lent to it) and may run again after a conflict, with its
 * outputs set afresh. When fn returns OK the caller goes on only after COMMIT; when it returns an
 * error its own writes are undone and that error is returned. A refusal that must leave a trace (a
 * count, a login record, an audit event) is therefore told through arg, with OK. A statement that
 * fails (any error but ERR_NOT_FOUND; of user_insert also ERR_TAKEN is none) ends what the
 * transaction can do: fn returns.
 *
 * A function that is called for each row (user_list, outbox_due, key_list) keeps what it needs and
 * doesn't use the store itself.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/config.h"
#include "base/ctx.h"

struct store;

typedef enum err (*store_fn)(struct ctx *cx, void *arg);

enum store_migration { STORE_MIGRATE, STORE_MUST_BE_CURRENT, STORE_ANY_VERSION };

/*
 * Opens what config names and migrates as told; only STORE_MIGRATE makes an embedded store that is
 * not there. *problem: one sentence for the operator. ERR_TAKEN: another process, such as a running
 * server, has the embedded store. ERR_NOT_FOUND: there is none. ERR_INVALID: damaged, another
 * program's, or of a version that `how` does not allow. ERR_UNAVAILABLE: the system refused.
 */
MUST_CHECK enum err store_open(const struct config *config, enum store_migration how,
			       struct store **out, struct buf *problem);
/* Ends the writer and closes all connections. No other thread may be inside. */
void store_close(struct store *s);
/* Whether the configured store is there already (an embedded file with content; PostgreSQL:
 * tables). Never makes one. */
MUST_CHECK enum err store_exists(const struct config *config, bool *exists, struct buf *problem);
/* Whether reads are fast enough to run on the event loop. */
bool store_is_embedded(const struct store *s);

/* ERR_UNAVAILABLE when the store can't be written (full, away, broken): then nothing was done, but
 * when a server's answer to the COMMIT was lost: then it may have been. Not to be nested. */
MUST_CHECK enum err store_write(struct ctx *cx, store_fn fn, void *arg);
/* The same with an arena of its own that is given back behind it, for who writes often with one cx.
 * fn leaves nothing in it that is used afterwards. */
MUST_CHECK enum err store_write_apart(struct ctx *cx, store_fn fn, void *arg);
/* A trivial read; OK means that the store answers and its schema is the one this program wants. */
MUST_CHECK enum err store_ping(struct ctx *cx);
/* Called after each commit that put something into the outbox; set once at start. */
void store_on_outbox(struct store *s, void (*wake)(void *arg), void *arg);
/*
 * On an embedded store a snapshot costs more than a small read. After store_thread_keep the calling
 * thread's reads share one, until something is committed (nobody reads what was true before an
 * acknowledged write) or store_thread_rest, which such a thread calls whenever it has nothing to
 * do: a snapshot that stays open keeps the log from being cut. Both are cheap to repeat.
 */
void store_thread_keep(struct store *s);
void store_thread_rest(struct store *s);
/* Closes the calling thread's reading connection; a thread that read calls it before it ends. */
void store_thread_end(struct store *s);

/* The schema's version: what the store has, and what this program knows. */
MUST_CHECK enum err store_version(struct ctx *cx, int *have, int *want);

#endif
