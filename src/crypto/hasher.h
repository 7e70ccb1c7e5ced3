/*
 * Password hashing: Argon2id as PHC strings through libsodium. A hash costs tens of megabytes and
 * milliseconds, so a fixed number of slots bounds how many run, each on a memory arena of its own
 * that is reused (most of a hash's time is otherwise page faults), and a fixed queue bounds how
 * many wait; past it ERR_OVERLOADED comes at once. An arena is wiped when its slot goes idle.
 */
#ifndef CRYPTO_HASHER_H
#define CRYPTO_HASHER_H

#include "base/config.h"
#include "base/ctx.h"

struct hasher;

struct hasher_stats {
	int64_t running, waiting, refused, hashes;
	int64_t arena_uses; /* hashes that ran in the memory of their slot */
	int64_t wait_us;    /* summed */
};

#define PHC_ROOM 128
#define PASSWORD_MAX 1024 /* bytes */

MUST_CHECK enum err hasher_open(const struct config *config, struct hasher **out);
void hasher_close(struct hasher *h);
void hasher_stats(struct hasher *h, struct hasher_stats *out);

/* A new hash with the configured parameters, as text in the arena. Blocks while waiting for a slot.
 */
MUST_CHECK enum err password_hash(struct ctx *cx, struct secret password, struct str *phc);
/*
 * *ok: whether password is the one behind phc. *stale: whether it should be hashed anew (other
 * parameters, other scheme). An absent phc (unknown user, void password) costs the same hash and is
 * never ok; nor is one that can't be read or asks for too much, which is logged. Also verifies
 * what other programs made (foreign.h); all of it is stale. Errors are only of the queue, of
 * memory, or of a missing library (ERR_INTERNAL).
 */
MUST_CHECK enum err
password_verify(struct ctx *cx, struct str phc, struct secret password, bool *ok, bool *stale);
/* Whether phc is of a scheme, form and cost that password_verify takes. For what is imported. */
bool password_hash_known(struct str phc);
/* The memory of idle slots goes back to the system (called by a background job). */
void hasher_trim(struct hasher *h);

#endif
