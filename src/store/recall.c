/*
 * Users share a table of version counters by a hash of their id, and an entry holds the count that
 * it was read under: a collision costs a read, never a wrong answer. A change of a session counts
 * as one of its user, so one counter tells all. What the writer has touched stands in one bit for
 * each counter, so that a large transaction needs no more room than a small one.
 *
 * Why an entry can't be stale: the writer counts the commit, then raises the counters. Who reads a
 * raised counter while filling therefore sees the commit counted too; so either it was counted
 * before the row was read, and the row has it, or recall_keep keeps nothing.
 */
#include "store/recall.h"

#include "base/map.h"

#include <pthread.h>
#include <stdatomic.h>

#define SHARDS 16
#define ENTRIES 32768
#define TEXTS_MOST ((size_t)1024) /* bytes of one entry; who has more is read each time */
#define TEXTS_USUAL 256
#define CACHE_LINE 64
#define COUNTERS 16384
#define BITS 64

struct entry {
	uint64_t version;
	size_t size;
	struct session session;
	struct user user;
	char texts[]; /* what the two above point to */
};

struct shard {
	pthread_mutex_t lock;
	struct map *map;        /* session id to struct entry * */
} __attribute__((aligned(64))); /* so that threads at two of them don't meet */

struct recall {
	struct shard shards[SHARDS];
	_Atomic uint64_t versions[COUNTERS];
	uint64_t touched[COUNTERS / BITS];
};

static const size_t session_texts[] = {
	offsetof(struct session, device_id), offsetof(struct session, user_agent),
	offsetof(struct session, ip),        offsetof(struct session, country),
	offsetof(struct session, amr),       offsetof(struct session, revoked_why),
};

static const size_t user_texts[] = {
	offsetof(struct user, email),      offsetof(struct user, email_key),
	offsetof(struct user, username),   offsetof(struct user, username_key),
	offsetof(struct user, phone),      offsetof(struct user, full_name),
	offsetof(struct user, password),   offsetof(struct user, role),
	offsetof(struct user, kyc_status), offsetof(struct user, lock_reason),
};

static struct str *
text_at(void *whole, size_t at)
{
	return (struct str *)(void *)((char *)whole + at);
}

/* Calls fn(text, arg) for each text of the two. */
static void
each_text(struct session *s, struct user *u, void (*fn)(struct str *text, void *arg), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(session_texts); i++)
		fn(text_at(s, session_texts[i]), arg);
	for (size_t i = 0; i < ARRAY_LEN(user_texts); i++)
		fn(text_at(u, user_texts[i]), arg);
}

static void
drop(void *value)
{
	struct entry **at = value;

	if (!*at)
		return;
	wipe(*at, (*at)->size);
	free(*at);
	*at = NULL;
}

struct recall *
recall_new(void)
{
	struct recall *r = aligned_alloc(_Alignof(struct recall), sizeof(*r));

	if (!r)
		die("out of memory for what is remembered of sessions");
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&r->shards[i].lock, NULL);
		r->shards[i].map = map_new_owning(ENTRIES / SHARDS, sizeof(struct entry *), drop);
	}
	return r;
}

void
recall_free(struct recall *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		map_free(r->shards[i].map);
		pthread_mutex_destroy(&r->shards[i].lock);
	}
	free(r);
}

/* A look-up goes where the last one was long ago; all of the entry is asked for at once. */
static void
fetch(const struct entry *e)
{
	for (size_t at = 0; at < sizeof(*e) + TEXTS_USUAL; at += CACHE_LINE)
		__builtin_prefetch((const char *)e + at);
}

/* Ids begin with their time and end with chance; any text of 16 bytes may come, and only a slow
 * look-up with it. */
struct spot {
	uint8_t key[16];
	struct shard *shard;
};

static uint64_t
mix(const struct uuid *id)
{
	uint64_t a, b;

	memcpy(&a, id->b, sizeof(a));
	memcpy(&b, id->b + 8, sizeof(b));
	b = (a ^ (b << 32 | b >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	return b ^ b >> 29;
}

static struct spot
spot_of(struct recall *r, const struct uuid *session)
{
	uint64_t h = mix(session) * UINT64_C(0xbf58476d1ce4e5b9);
	struct spot spot = {.shard = &r->shards[h % SHARDS]};

	memcpy(spot.key, &h, sizeof(h));
	memcpy(spot.key + 8, session->b + 8, 8);
	return spot;
}

static size_t
counter_of(const struct uuid *user)
{
	return mix(user) % COUNTERS;
}

static void
shift(struct str *text, void *arg)
{
	if (text->p)
		text->p += *(ptrdiff_t *)arg;
}

static void
copy_out(const struct entry *e, struct arena *a, struct session *s, struct user *u)
{
	struct entry *copy = arena_copy(a, e, e->size);
	ptrdiff_t by = copy->texts - e->texts;

	each_text(&copy->session, &copy->user, shift, &by);
	*s = copy->session;
	*u = copy->user;
}

static bool
is_good(const struct recall *r, const struct entry *e, const struct uuid *session)
{
	return uuid_eq(&e->session.id, session) &&
	       e->version == atomic_load(&r->versions[counter_of(&e->user.id)]);
}

bool
recall_find(struct recall *r, const struct uuid *session, struct arena *a, struct session *s,
	    struct user *u)
{
	struct spot spot = spot_of(r, session);
	struct entry **at;
	bool found;

	pthread_mutex_lock(&spot.shard->lock);
	at = map_get(spot.shard->map, spot.key);
	if (at)
		fetch(*at);
	found = at && is_good(r, *at, session);
	if (found)
		copy_out(*at, a, s, u);
	pthread_mutex_unlock(&spot.shard->lock);
	return found;
}

static void
add_length(struct str *text, void *arg)
{
	*(size_t *)arg += text->n;
}

static void
take_in(struct str *text, void *arg)
{
	char **at = arg;

	if (!text->p)
		return;
	memcpy(*at, text->p, text->n);
	text->p = *at;
	*at += text->n;
}

/* NULL: it is not to be kept. */
static struct entry *
entry_new(struct session s, struct user u, uint64_t version)
{
	struct entry *e;
	size_t texts = 0;
	char *at;

	each_text(&s, &u, add_length, &texts);
	if (texts > TEXTS_MOST)
		return NULL;
	e = calloc(1, sizeof(*e) + texts);
	if (!e)
		return NULL;
	at = e->texts;
	each_text(&s, &u, take_in, &at);
	e->version = version;
	e->size = sizeof(*e) + texts;
	e->session = s;
	e->user = u;
	return e;
}

void
recall_keep(struct recall *r, const struct session *s, const struct user *u,
	    const _Atomic uint64_t *commits, uint64_t before)
{
	struct spot spot = spot_of(r, &s->id);
	struct entry *e = entry_new(*s, *u, atomic_load(&r->versions[counter_of(&u->id)]));
	struct entry **at;
	bool fresh;

	if (!e)
		return;
	if (atomic_load(commits) != before) {
		drop(&e);
		return;
	}
	pthread_mutex_lock(&spot.shard->lock);
	at = map_put(spot.shard->map, spot.key, &fresh);
	drop(at);
	*at = e;
	pthread_mutex_unlock(&spot.shard->lock);
}

void
recall_changed(struct recall *r, const struct uuid *user)
{
	size_t i = counter_of(user);

	r->touched[i / BITS] |= UINT64_C(1) << i % BITS;
}

void
recall_changed_all(struct recall *r)
{
	memset(r->touched, 0xff, sizeof(r->touched));
}

void
recall_publish(struct recall *r)
{
	for (size_t i = 0; i < ARRAY_LEN(r->touched); i++) {
		for (; r->touched[i]; r->touched[i] &= r->touched[i] - 1)
			atomic_fetch_add(
				&r->versions[i * BITS + (size_t)__builtin_ctzll(r->touched[i])], 1);
	}
}
