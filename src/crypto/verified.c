/*
 * Sixteen tables, each under its own lock, so that threads seldom meet. Half of the digest is the
 * key of the table, the other half is compared, so nothing but the very same token is ever found.
 */
#include "crypto/verified.h"

#include "base/map.h"

#include <pthread.h>

#define SHARDS 16
#define KEY_SIZE 16

struct entry {
	uint8_t rest[SHA256_SIZE - KEY_SIZE];
	uint64_t generation;
	struct verified_token token;
};

struct shard {
	pthread_mutex_t lock;
	struct map *map;
} __attribute__((aligned(64))); /* so that threads at two of them don't meet */

struct verified {
	struct shard shards[SHARDS];
};

struct verified *
verified_new(void)
{
	struct verified *v = aligned_alloc(_Alignof(struct verified), sizeof(*v));

	if (!v)
		die("out of memory for the verified tokens");
	memset(v, 0, sizeof(*v));
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
	free(v);
}

/* By a byte that the table itself does not use. */
static struct shard *
shard_of(struct verified *v, const uint8_t digest[static SHA256_SIZE])
{
	return &v->shards[digest[SHA256_SIZE - 1] % SHARDS];
}

static bool
same(const struct entry *e, const uint8_t digest[static SHA256_SIZE], uint64_t generation)
{
	return e->generation == generation &&
	       memcmp(e->rest, digest + KEY_SIZE, sizeof(e->rest)) == 0;
}

bool
verified_find(struct verified *v, const uint8_t digest[static SHA256_SIZE], uint64_t generation,
	      struct verified_token *out)
{
	struct shard *shard = shard_of(v, digest);
	const struct entry *e;
	bool found;

	pthread_mutex_lock(&shard->lock);
	e = map_get(shard->map, digest);
	found = e && same(e, digest, generation);
	if (found)
		*out = e->token;
	pthread_mutex_unlock(&shard->lock);
	return found;
}

void
verified_keep(struct verified *v, const uint8_t digest[static SHA256_SIZE], uint64_t generation,
	      const struct verified_token *token)
{
	struct shard *shard = shard_of(v, digest);
	struct entry *e;
	bool fresh;

	pthread_mutex_lock(&shard->lock);
	e = map_put(shard->map, digest, &fresh);
	memcpy(e->rest, digest + KEY_SIZE, sizeof(e->rest));
	e->generation = generation;
	e->token = *token;
	pthread_mutex_unlock(&shard->lock);
}
