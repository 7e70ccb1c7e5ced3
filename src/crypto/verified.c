/*
 * Sixteen tables, each under its own lock, so that threads seldom meet. The key is all that is
 * compared: SipHash-2-4 of the whole token, 128 bits under a key of this process. It is a keyed
 * function that nobody outside can compute or see, so another token with the value of a remembered
 * one is a guess of one in 2^128, as a signature is; and it costs half of a SHA-256.
 */
#include "crypto/verified.h"

#include "base/map.h"
#include "base/rnd.h"
#include "crypto/short_hash.h"

#include <pthread.h>

#define SHARDS 16

struct entry {
	uint64_t generation;
	struct verified_token token;
};

struct shard {
	pthread_mutex_t lock;
	struct map *map;
} __attribute__((aligned(64))); /* so that threads at two of them don't meet */

struct verified {
	struct shard shards[SHARDS];
	uint8_t key[SHORT_HASH_KEY];
};

struct verified *
verified_new(void)
{
	struct verified *v = aligned_alloc(_Alignof(struct verified), sizeof(*v));

	if (!v)
		die("out of memory for the verified tokens");
	memset(v, 0, sizeof(*v));
	if (rnd_bytes(v->key, sizeof(v->key)) != OK)
		die("no random bytes for the verified tokens");
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&v->shards[i].lock, NULL);
		v->shards[i].map = map_new(VERIFIED_TOKENS / SHARDS, sizeof(struct entry));
	}
	return v;
}

void
verified_free(struct verified *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		map_free(v->shards[i].map);
		pthread_mutex_destroy(&v->shards[i].lock);
	}
	wipe(v->key, sizeof(v->key));
	free(v);
}

struct spot {
	uint8_t key[16];
	struct shard *shard;
};

/* The shard by a byte that the table itself does not use. */
static struct spot
spot_of(struct verified *v, struct str token)
{
	struct spot spot;

	short_hash(v->key, token.p, token.n, spot.key);
	spot.shard = &v->shards[spot.key[8] % SHARDS];
	return spot;
}

bool
verified_find(struct verified *v, struct str token, uint64_t generation, struct verified_token *out)
{
	struct spot spot = spot_of(v, token);
	const struct entry *e;
	bool found;

	pthread_mutex_lock(&spot.shard->lock);
	e = map_get(spot.shard->map, spot.key);
	found = e && e->generation == generation;
	if (found)
		*out = e->token;
	pthread_mutex_unlock(&spot.shard->lock);
	return found;
}

void
verified_keep(struct verified *v, struct str token, uint64_t generation,
	      const struct verified_token *what)
{
	struct spot spot = spot_of(v, token);
	struct entry *e;
	bool fresh;

	pthread_mutex_lock(&spot.shard->lock);
	e = map_put(spot.shard->map, spot.key, &fresh);
	*e = (struct entry){generation, *what};
	pthread_mutex_unlock(&spot.shard->lock);
}
