/*
 * State in memory, each kind under its own lock. The rates live in a table of fixed size, so a
 * flood of addresses can push out old ones but not grow it. A gate is one of a fixed array: those
 * of keys share a waiting room, and each other has its own, so that uploads never stand before a
 * sign-in.
 */
#include "domain/shared.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/map.h"
#include "base/rnd.h"
#include "crypto/short_hash.h"
#include "store/session.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#define RATE_SHARDS 16
#define RATE_ENTRIES 4096 /* a shard */
#define GATE_PATIENCE_S 20
#define WAITING_ROOMS (GATES - GATES_OF_KEYS + 1) /* the last before all gates of keys */
#define RING_RELOAD_PAUSE (5 * SECOND)
#define TOUCH_ENTRIES 16384
#define TOUCH_BATCH 256

struct rate_shard {
	pthread_mutex_t lock;
	struct map *map; /* to the theoretical arrival time, int64_t of clock_mono() */
};

struct export_place {
	struct shared *of;
	struct uuid user;
	bool taken;
};

struct shared {
	int64_t since; /* clock_now() */
	uint8_t hash_key[SHORT_HASH_KEY];
	struct rate_shard rates[RATE_SHARDS];
	pthread_mutex_t gate_lock;
	pthread_cond_t gate_free;
	int inside[GATES], waiting[WAITING_ROOMS];
	struct export_place exports[EXPORTS_MOST]; /* under the gates' lock */
	_Atomic int64_t ring_reloaded_at;          /* clock_mono(); 0: never */
	pthread_mutex_t touch_lock;
	struct map *touches; /* session id to int64_t time */
};

enum err
shared_open(struct shared **out)
{
	struct shared *sh = calloc(1, sizeof *sh);
	pthread_condattr_t attr;

	if (!sh)
		return ERR_UNAVAILABLE;
	if (rnd_bytes(sh->hash_key, sizeof sh->hash_key) != OK) {
		free(sh);
		return ERR_UNAVAILABLE;
	}
	sh->since = clock_now();
	for (size_t i = 0; i < RATE_SHARDS; i++) {
		pthread_mutex_init(&sh->rates[i].lock, NULL);
		sh->rates[i].map = map_new(RATE_ENTRIES, sizeof(int64_t));
	}
	pthread_mutex_init(&sh->gate_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sh->gate_free, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&sh->touch_lock, NULL);
	sh->touches = map_new(TOUCH_ENTRIES, sizeof(int64_t));
	*out = sh;
	return OK;
}

void
shared_close(struct shared *sh)
{
	if (!sh)
		return;
	for (size_t i = 0; i < RATE_SHARDS; i++) {
		map_free(sh->rates[i].map);
		pthread_mutex_destroy(&sh->rates[i].lock);
	}
	pthread_cond_destroy(&sh->gate_free);
	pthread_mutex_destroy(&sh->gate_lock);
	map_free(sh->touches);
	pthread_mutex_destroy(&sh->touch_lock);
	wipe(sh, sizeof *sh);
	free(sh);
}

void
shared_hash(const struct shared *sh, int kind, struct str s, uint8_t out[static 16])
{
	uint8_t key[SHORT_HASH_KEY];

	memcpy(key, sh->hash_key, sizeof key);
	key[0] ^= (uint8_t)kind;
	short_hash(key, s.p, s.n, out);
}

void
rate_take(struct shared *sh, const uint8_t key[static 16], int64_t burst, int64_t window,
	  int64_t *wait, int64_t *left)
{
	struct rate_shard *shard = &sh->rates[key[15] % RATE_SHARDS];
	int64_t now = clock_mono(), each = window / burst, *due;
	bool fresh;

	pthread_mutex_lock(&shard->lock);
	due = map_put(shard->map, key, &fresh);
	if (fresh || *due < now)
		*due = now;
	if (*due + each - now > window) {
		*wait = *due + each - now - window;
		*left = 0;
	} else {
		*due += each;
		*wait = 0;
		*left = (window - (*due - now)) / each;
	}
	pthread_mutex_unlock(&shard->lock);
}

enum err
gate_enter(struct ctx *cx, int gate)
{
	struct shared *sh = cx->shared;
	int *inside = &sh->inside[gate];
	int *waiting = &sh->waiting[(gate < GATES_OF_KEYS ? GATES : gate) - GATES_OF_KEYS];
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += GATE_PATIENCE_S;
	pthread_mutex_lock(&sh->gate_lock);
	if (*inside >= GATE_WIDTH && *waiting >= cx->config->password_hash_queue)
		late = ETIMEDOUT;
	++*waiting;
	while (*inside >= GATE_WIDTH && late != ETIMEDOUT)
		late = pthread_cond_timedwait(&sh->gate_free, &sh->gate_lock, &until);
	--*waiting;
	bool in = *inside < GATE_WIDTH;
	if (in)
		++*inside;
	pthread_mutex_unlock(&sh->gate_lock);
	return in ? OK : fail_retry(cx, ERR_OVERLOADED, SECOND);
}

void
gate_leave(struct shared *sh, int gate)
{
	pthread_mutex_lock(&sh->gate_lock);
	--sh->inside[gate];
	pthread_cond_broadcast(&sh->gate_free);
	pthread_mutex_unlock(&sh->gate_lock);
}

enum err
export_begin(struct ctx *cx, const struct uuid *user, struct export_place **out)
{
	struct shared *sh = cx->shared;
	struct export_place *free_one = NULL, *own = NULL;

	pthread_mutex_lock(&sh->gate_lock);
	for (size_t i = 0; i < EXPORTS_MOST; i++) {
		struct export_place *p = &sh->exports[i];

		if (!p->taken)
			free_one = p;
		else if (uuid_eq(&p->user, user))
			own = p;
	}
	if (free_one && !own)
		*free_one = (struct export_place){sh, *user, true};
	pthread_mutex_unlock(&sh->gate_lock);
	if (own)
		return fail_retry(cx, ERR_THROTTLED, MINUTE);
	if (!free_one)
		return fail_retry(cx, ERR_OVERLOADED, MINUTE);
	*out = free_one;
	return OK;
}

void
export_end(void *place)
{
	struct export_place *p = place;

	pthread_mutex_lock(&p->of->gate_lock);
	p->taken = false;
	pthread_mutex_unlock(&p->of->gate_lock);
}

int64_t
shared_since(const struct shared *sh)
{
	return sh->since;
}

bool
ring_reload_take(struct shared *sh)
{
	int64_t last = sh->ring_reloaded_at, now = clock_mono();

	if (last && now - last < RING_RELOAD_PAUSE)
		return false;
	return atomic_compare_exchange_strong(&sh->ring_reloaded_at, &last, now);
}

/* The halves of an id, changed about and back: it begins with its time and ends with chance, which
 * is what the table goes by. */
static void
turn_round(uint8_t to[static 16], const uint8_t from[static 16])
{
	memcpy(to, from + 8, 8);
	memcpy(to + 8, from, 8);
}

void
touch_note(struct shared *sh, const struct uuid *session, int64_t at)
{
	uint8_t key[16];
	int64_t *seen;
	bool fresh;

	turn_round(key, session->b);
	pthread_mutex_lock(&sh->touch_lock);
	seen = map_put(sh->touches, key, &fresh);
	*seen = at;
	pthread_mutex_unlock(&sh->touch_lock);
}

struct touch_batch {
	size_t n;
	struct uuid session[TOUCH_BATCH];
	int64_t at[TOUCH_BATCH];
};

static bool
batch_take(const uint8_t *key, void *value, void *arg)
{
	struct touch_batch *b = arg;

	if (b->n == TOUCH_BATCH)
		return false;
	turn_round(b->session[b->n].b, key);
	memcpy(&b->at[b->n], value, sizeof(int64_t));
	b->n++;
	return true;
}

static enum err
batch_write(struct ctx *cx, void *arg)
{
	const struct touch_batch *b = arg;

	for (size_t i = 0; i < b->n; i++)
		TRY(err_map(session_set_last_seen(cx, &b->session[i], b->at[i]), ERR_NOT_FOUND,
			    OK));
	return OK;
}

enum err
touch_flush(struct ctx *cx)
{
	struct touch_batch *b = arena_new(cx->arena, struct touch_batch);

	do {
		b->n = 0;
		pthread_mutex_lock(&cx->shared->touch_lock);
		map_each(cx->shared->touches, batch_take, b);
		pthread_mutex_unlock(&cx->shared->touch_lock);
		if (b->n)
			TRY(store_write_apart(cx, batch_write, b));
	} while (b->n == TOUCH_BATCH);
	return OK;
}
