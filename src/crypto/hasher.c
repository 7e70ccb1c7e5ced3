/*
 * Password hashing in a fixed number of slots. A slot that comes free is handed straight to whoever
 * has waited longest, so no one is overtaken and a slot is never lost between two hashes; its
 * memory is wiped only when nobody waits, and the wiping stops as soon as somebody does. Idle slots
 * are taken last in, first out, so that those which a quiet server does not need stay idle and
 * their memory can go back to the system.
 *
 * Imported hashes can cost many times ours. Those that need more memory than a slot has, and those
 * that take long, wait for each other before they wait for a slot; so each kind never has more than
 * one, and only so many may wait.
 */
#include "crypto/hasher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "crypto/foreign.h"
#include "crypto/hash_arena.h"
#include "crypto/hash_text.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <unistd.h>

#define SALT_SIZE 16
#define TAG_SIZE 32
#define SLOTS_MAX 64
#define TRIM_AFTER (10 * SECOND)
#define SLOW_MS 1000
#define SLOW_MOST 8 /* that run or wait */

struct slot {
	struct hash_arena arena;
	struct slot *next_idle;
	int64_t idle_since;
	bool trimmed;
};

struct waiter {
	pthread_cond_t ready;
	struct slot *slot;
	struct waiter *next;
};

/* What an Argon2id hash costs. */
struct cost {
	int64_t memory_kib, passes;
};

/* One at a time goes on, and only so many come in. */
struct gate {
	pthread_mutex_t turn;
	size_t most, inside; /* under the hasher's lock */
};

struct hasher {
	struct cost cost;
	size_t queue;
	char decoy[PHC_ROOM];
	int64_t slow_ms;         /* what takes more is slow */
	struct gate slow, large; /* in this order, before a slot */
	pthread_mutex_t lock;    /* of all below */
	struct waiter *first, *last;
	_Atomic size_t waiting; /* also read without the lock */
	struct slot *idle;
	struct hasher_stats stats;
	size_t slot_count;
	struct slot slots[];
};

static void
phc_write(char out[static PHC_ROOM], struct cost cost, const uint8_t salt[static SALT_SIZE],
	  const uint8_t tag[static TAG_SIZE])
{
	const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
	char salt_text[sodium_base64_ENCODED_LEN(SALT_SIZE,
						 sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
	char tag_text[sodium_base64_ENCODED_LEN(TAG_SIZE,
						sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

	sodium_bin2base64(salt_text, sizeof(salt_text), salt, SALT_SIZE, variant);
	sodium_bin2base64(tag_text, sizeof(tag_text), tag, TAG_SIZE, variant);
	snprintf(out, PHC_ROOM, "$argon2id$v=19$m=%" PRId64 ",t=%" PRId64 ",p=1$%s$%s",
		 cost.memory_kib, cost.passes, salt_text, tag_text);
}

/*
 * For who is not there: a hash that no password has, since its tag is random. Checking one against
 * it costs what any check costs.
 */
static enum err
decoy_make(struct hasher *h)
{
	uint8_t bytes[SALT_SIZE + TAG_SIZE];

	TRY(rnd_bytes(bytes, sizeof(bytes)));
	phc_write(h->decoy, h->cost, bytes, bytes + SALT_SIZE);
	return OK;
}

/* Never our own, however dear the configuration makes them. */
static int64_t
slow_ms(struct cost own)
{
	struct hash_text t = {
		.scheme = HASH_ARGON2ID, .memory_kib = own.memory_kib, .passes = own.passes};
	int64_t ms = hash_text_ms(&t);

	return ms > SLOW_MS ? ms : SLOW_MS;
}

static size_t
slot_count(int64_t configured)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (configured <= 0)
		configured = cores > 0 ? cores : 1;
	return configured < SLOTS_MAX ? (size_t)configured : SLOTS_MAX;
}

static void
gate_init(struct gate *g, size_t most)
{
	pthread_mutex_init(&g->turn, NULL);
	g->most = most;
}

enum err
hasher_open(const struct config *config, struct hasher **out)
{
	size_t count = slot_count(config->password_hash_slots);
	struct hasher *h;
	enum err e;

	if (sodium_init() < 0)
		return ERR_INTERNAL;
	h = calloc(1, sizeof(*h) + count * sizeof(struct slot));
	if (!h)
		return ERR_UNAVAILABLE;
	h->cost = (struct cost){config->password_argon2_memory_kib, config->password_argon2_passes};
	h->slow_ms = slow_ms(h->cost);
	h->queue = (size_t)config->password_hash_queue;
	h->slot_count = count;
	gate_init(&h->slow, SLOW_MOST);
	gate_init(&h->large, 1 + h->queue / 4);
	pthread_mutex_init(&h->lock, NULL);
	for (size_t i = 0; i < count; i++) {
		hash_arena_init(&h->slots[i].arena, (size_t)h->cost.memory_kib * 1024);
		h->slots[i].trimmed = true;
		h->slots[i].next_idle = h->idle;
		h->idle = &h->slots[i];
	}
	e = decoy_make(h);
	if (e != OK) {
		hasher_close(h);
		return e;
	}
	*out = h;
	return OK;
}

void
hasher_close(struct hasher *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->slot_count; i++)
		hash_arena_release(&h->slots[i].arena);
	pthread_mutex_destroy(&h->slow.turn);
	pthread_mutex_destroy(&h->large.turn);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* Under the lock. Waits in line; woken only with a slot in hand. */
static struct slot *
wait_in_line(struct hasher *h)
{
	struct waiter w = {.ready = PTHREAD_COND_INITIALIZER};
	int64_t since = clock_mono();

	if (h->first)
		h->last->next = &w;
	else
		h->first = &w;
	h->last = &w;
	h->waiting++;
	while (!w.slot)
		pthread_cond_wait(&w.ready, &h->lock);
	pthread_cond_destroy(&w.ready);
	h->stats.wait_us += clock_mono() - since;
	return w.slot;
}

static enum err
slot_take(struct ctx *cx, struct hasher *h, struct slot **out)
{
	struct slot *slot = NULL;

	pthread_mutex_lock(&h->lock);
	if (h->idle) {
		slot = h->idle;
		h->idle = slot->next_idle;
	} else if (h->waiting < h->queue) {
		slot = wait_in_line(h);
	} else {
		h->stats.refused++;
	}
	if (slot)
		h->stats.running++;
	pthread_mutex_unlock(&h->lock);
	if (!slot)
		return fail_retry(cx, ERR_OVERLOADED, SECOND);
	*out = slot;
	return OK;
}

/* Under the lock: gives the slot to the first in line; false when there is none. */
static bool
hand_over(struct hasher *h, struct slot *slot)
{
	struct waiter *w = h->first;

	if (!w)
		return false;
	h->first = w->next;
	h->waiting--;
	w->slot = slot;
	pthread_cond_signal(&w->ready);
	return true;
}

static void
slot_give(struct hasher *h, struct slot *slot)
{
	pthread_mutex_lock(&h->lock);
	h->stats.hashes++;
	h->stats.arena_uses += slot->arena.uses;
	slot->arena.uses = 0;
	while (!hand_over(h, slot)) {
		if (slot->arena.dirty == 0) {
			slot->idle_since = clock_mono();
			slot->trimmed = false;
			slot->next_idle = h->idle;
			h->idle = slot;
			break;
		}
		pthread_mutex_unlock(&h->lock);
		while (h->waiting == 0 && hash_arena_wipe_some(&slot->arena))
			;
		pthread_mutex_lock(&h->lock);
	}
	h->stats.running--;
	pthread_mutex_unlock(&h->lock);
}

void
hasher_stats(struct hasher *h, struct hasher_stats *out)
{
	pthread_mutex_lock(&h->lock);
	*out = h->stats;
	out->waiting = (int64_t)h->waiting;
	pthread_mutex_unlock(&h->lock);
}

void
hasher_trim(struct hasher *h)
{
	int64_t before = clock_mono() - TRIM_AFTER;

	pthread_mutex_lock(&h->lock);
	for (struct slot *slot = h->idle; slot; slot = slot->next_idle) {
		if (slot->trimmed || slot->idle_since > before)
			continue;
		hash_arena_trim(&slot->arena);
		slot->trimmed = true;
	}
	pthread_mutex_unlock(&h->lock);
}

static enum err
hash_in_slot(struct ctx *cx, struct slot *slot, struct cost cost, struct secret password,
	     char phc[static PHC_ROOM])
{
	uint8_t salt[SALT_SIZE], tag[TAG_SIZE];
	int failed;

	TRY(rnd_bytes(salt, sizeof(salt)));
	hash_arena_arm(&slot->arena);
	failed = crypto_pwhash(tag, sizeof(tag), password.p, password.n, salt,
			       (unsigned long long)cost.passes, (size_t)cost.memory_kib * 1024,
			       crypto_pwhash_ALG_ARGON2ID13);
	hash_arena_disarm();
	if (failed)
		return fail_retry(cx, ERR_OVERLOADED, SECOND);
	phc_write(phc, cost, salt, tag);
	wipe(tag, sizeof(tag));
	return OK;
}

enum err
password_hash(struct ctx *cx, struct secret password, struct str *phc)
{
	struct hasher *h = cx->hasher;
	char text[PHC_ROOM];
	struct slot *slot;
	enum err e;

	if (!password.p || password.n > PASSWORD_MAX)
		return ERR_INTERNAL;
	TRY(slot_take(cx, h, &slot));
	e = hash_in_slot(cx, slot, h->cost, password, text);
	slot_give(h, slot);
	TRY(e);
	*phc = str_copy(cx->arena, str_of(text));
	return OK;
}

/* Whether it is what libsodium reads: one lane, and no longer than its own. */
static bool
is_own(const struct hash_text *t)
{
	return (t->scheme == HASH_ARGON2ID || t->scheme == HASH_ARGON2I) && t->lanes == 1 &&
	       t->text.n < PHC_ROOM;
}

/* libsodium says "no" for a wrong password, for text that it can't read and for want of memory
 * alike. */
static enum err
own_verify(const struct hash_text *t, struct secret password, bool *ok)
{
	char phc[PHC_ROOM];
	int failed;

	snprintf(phc, sizeof(phc), "%.*s", STR_ARG(t->text));
	errno = 0;
	failed = crypto_pwhash_str_verify(phc, password.p, password.n);
	if (failed && errno != EINVAL)
		return ERR_INVALID;
	*ok = !failed;
	return OK;
}

static enum err
verify_in_slot(struct ctx *cx, struct slot *slot, const struct hash_text *t, struct secret password,
	       bool *ok)
{
	enum err e;

	hash_arena_arm(&slot->arena);
	e = is_own(t) ? own_verify(t, password, ok) : foreign_verify(cx, t, password, ok);
	hash_arena_disarm();
	if (e != OK && slot->arena.starved)
		return fail_retry(cx, ERR_OVERLOADED, SECOND);
	return e;
}

static enum err
verify_waiting(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	struct slot *slot;
	enum err e;

	TRY(slot_take(cx, cx->hasher, &slot));
	e = verify_in_slot(cx, slot, t, password, ok);
	slot_give(cx->hasher, slot);
	return e;
}

static enum err
gate_enter(struct ctx *cx, struct gate *g)
{
	struct hasher *h = cx->hasher;
	bool room;

	pthread_mutex_lock(&h->lock);
	room = g->inside < g->most;
	g->inside += room;
	h->stats.refused += !room;
	pthread_mutex_unlock(&h->lock);
	if (!room)
		return fail_retry(cx, ERR_OVERLOADED, SECOND);
	pthread_mutex_lock(&g->turn);
	return OK;
}

static void
gate_leave(struct hasher *h, struct gate *g)
{
	pthread_mutex_unlock(&g->turn);
	pthread_mutex_lock(&h->lock);
	g->inside--;
	pthread_mutex_unlock(&h->lock);
}

static enum err
verify_large(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	struct hasher *h = cx->hasher;
	enum err e;

	if (t->memory_kib <= h->cost.memory_kib)
		return verify_waiting(cx, t, password, ok);
	TRY(gate_enter(cx, &h->large));
	e = verify_waiting(cx, t, password, ok);
	gate_leave(h, &h->large);
	return e;
}

static enum err
verify_in_turn(struct ctx *cx, const struct hash_text *t, struct secret password, bool *ok)
{
	struct hasher *h = cx->hasher;
	enum err e;

	if (hash_text_ms(t) <= h->slow_ms)
		return verify_large(cx, t, password, ok);
	TRY(gate_enter(cx, &h->slow));
	e = verify_large(cx, t, password, ok);
	gate_leave(h, &h->slow);
	return e;
}

/* What a hash of ours may cost beyond the bounds: as much as the configuration says. */
static int64_t
memory_max(const struct hasher *h)
{
	return h->cost.memory_kib > HASH_MEMORY_KIB_MAX ? h->cost.memory_kib : HASH_MEMORY_KIB_MAX;
}

static bool
is_stale(const struct hasher *h, struct str phc, const struct hash_text *t)
{
	return t->scheme != HASH_ARGON2ID || t->lanes != 1 || !str_eq(t->text, phc) ||
	       t->memory_kib != h->cost.memory_kib || t->passes != h->cost.passes;
}

/* The hash itself is no business of the log. */
static void
tell_unusable(const struct ctx *cx)
{
	log_event(cx, LOG_ERROR, "password_hash_unusable",
		  LOG_Z("reason", "of no known scheme, damaged, or past the bounds of its cost"));
}

/* In *t what password is compared with. *real: false when it is the decoy. */
static void
choose(const struct ctx *cx, struct str phc, struct secret password, struct hash_text *t,
       bool *real, bool *stale)
{
	const struct hasher *h = cx->hasher;
	bool known = !str_absent(phc) && hash_text_read(phc, memory_max(h), t);

	if (!known && !str_absent(phc))
		tell_unusable(cx);
	*stale = known && is_stale(h, phc, t);
	*real = known && foreign_takes(t, password);
	if (!*real && !hash_text_read(str_of(h->decoy), memory_max(h), t))
		die("the decoy of the password hashes is none");
}

enum err
password_verify(struct ctx *cx, struct str phc, struct secret password, bool *ok, bool *stale)
{
	struct hash_text t;
	bool real, right = false, old;
	enum err e;

	if (!password.p || password.n > PASSWORD_MAX)
		return ERR_INTERNAL;
	choose(cx, phc, password, &t, &real, &old);
	e = verify_in_turn(cx, &t, password, &right);
	if (e == ERR_INVALID) {
		tell_unusable(cx);
		right = false;
	} else if (e != OK) {
		return e;
	}
	*ok = right && real;
	*stale = old;
	return OK;
}

bool
password_hash_known(struct str phc)
{
	struct hash_text t;

	return !str_absent(phc) && hash_text_read(phc, HASH_MEMORY_KIB_MAX, &t);
}
