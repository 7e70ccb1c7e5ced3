/*
 * What the use cases of one process share in memory: the rates of clients, the gates that let few
 * password checks of one account run at once, and the times at which sessions were last seen. All
 * of it may be lost with the process.
 */
#ifndef DOMAIN_SHARED_H
#define DOMAIN_SHARED_H

#include "base/ctx.h"
#include "base/uuid.h"

struct shared;

MUST_CHECK enum err shared_open(struct shared **out);
void shared_close(struct shared *sh);

/* When this process began its work, as of clock_now(). */
int64_t shared_since(const struct shared *sh);

/* A key that nobody outside can aim at: a hash under a secret of this process. */
void shared_hash(const struct shared *sh, int kind, struct str s, uint8_t out[static 16]);

/*
 * The generic cell rate algorithm for one key: `burst` at once, then one each window / burst.
 * *wait: 0 when taken, else microseconds until it may be tried again (nothing was taken). *left:
 * how many more could be taken right now.
 */
void rate_take(struct shared *sh, const uint8_t key[static 16], int64_t burst, int64_t window,
	       int64_t *wait, int64_t *left);

/*
 * At most GATE_WIDTH are inside the same gate at once; the others wait, as many before all gates of
 * keys, or before another gate, as may wait for a hash. ERR_OVERLOADED when it takes too long. Keys
 * may share a gate by chance, which costs time only; they never share one of the others.
 */
#define GATE_WIDTH 4
enum { GATES_OF_KEYS = 256, GATE_PAPERS = GATES_OF_KEYS, GATE_JSON_UPLOADS, GATES };
static inline int
gate_of(const uint8_t key[static 32])
{
	return key[0] % GATES_OF_KEYS;
}
MUST_CHECK enum err gate_enter(struct ctx *cx, int gate);
void gate_leave(struct shared *sh, int gate);

/*
 * A place for one export: EXPORTS_MOST at once in this process, and one of an account, since each
 * may be a large file for as long as its reader takes. ERR_THROTTLED: the account has one.
 * ERR_OVERLOADED: there is none. export_end gives it back.
 */
#define EXPORTS_MOST 4
struct export_place;
MUST_CHECK enum err
export_begin(struct ctx *cx, const struct uuid *user, struct export_place **out);
void export_end(void *place);

/* Whether the keys may be read again now because of an unknown one: once in five seconds. */
bool ring_reload_take(struct shared *sh);

/* Notes that a session was seen; written to the store in batches (touch_flush, by a background
 * job). */
void touch_note(struct shared *sh, const struct uuid *session, int64_t at);
MUST_CHECK enum err touch_flush(struct ctx *cx);

#endif
