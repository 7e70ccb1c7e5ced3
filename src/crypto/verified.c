/*
 * Sixteen tables, each under its own lock, so that threads seldom meet. Half of the digest is the
 * key of the table, the other half is compared, so nothing but the very same token is ever found.
 */
#include "crypto/verified.h"

#include "base/map.h"

#include <pthread.h>

#define SHARDS 16
#define KEY_SIZE 16
#define WORD_MAX 32
#define AMR_MAX 64

struct entry {
	uint8_t rest[SHA256_SIZE - KEY_SIZE];
	uint64_t generation;
	int64_t key_until;
	struct claims claims; /* its texts point nowhere: they are below */
	char role[WORD_MAX], kyc[WORD_MAX], amr[AMR_MAX];
};

struct shard {
	pthread_mutex_t lock;
	struct map *map;
};

struct verified {
	struct shard shards[SHARDS];
};

struct verified *
verified_new(void)
{
	struct verified *v = calloc(1, sizeof(*v));

	if (!v)
		die("out of memory for the verified tokens");
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

static void
copy_out(const struct entry *e, struct arena *a, struct claims *out)
{
	*out = e->claims;
	out->role = str_copy(a, (struct str){e->role, e->claims.role.n});
	out->kyc = str_copy(a, (struct str){e->kyc, e->claims.kyc.n});
	out->amr = str_copy(a, (struct str){e->amr, e->claims.amr.n});
}

bool
verified_find(struct verified *v, const uint8_t digest[static SHA256_SIZE], uint64_t generation,
	      struct arena *a, struct claims *out, int64_t *key_until)
{
	struct shard *shard = shard_of(v, digest);
	const struct entry *e;
	bool found;

	pthread_mutex_lock(&shard->lock);
	e = map_get(shard->map, digest);
	found = e && same(e, digest, generation);
	if (found) {
		copy_out(e, a, out);
		*key_until = e->key_until;
	}
	pthread_mutex_unlock(&shard->lock);
	return found;
}

static struct str
keep_text(char *room, struct str s)
{
	memcpy(room, s.p, s.n);
	return (struct str){NULL, s.n};
}

static void
copy_in(struct entry *e, const uint8_t digest[static SHA256_SIZE], const struct claims *c)
{
	memcpy(e->rest, digest + KEY_SIZE, sizeof(e->rest));
	e->claims = *c;
	e->claims.iss = e->claims.aud = STR_NONE;
	e->claims.role = keep_text(e->role, c->role);
	e->claims.kyc = keep_text(e->kyc, c->kyc);
	e->claims.amr = keep_text(e->amr, c->amr);
}

void
verified_keep(struct verified *v, const uint8_t digest[static SHA256_SIZE], uint64_t generation,
	      const struct claims *c, int64_t key_until)
{
	struct shard *shard = shard_of(v, digest);
	struct entry *e;
	bool fresh;

	if (c->role.n > WORD_MAX || c->kyc.n > WORD_MAX || c->amr.n > AMR_MAX)
		return;
	pthread_mutex_lock(&shard->lock);
	e = map_put(shard->map, digest, &fresh);
	copy_in(e, digest, c);
	e->generation = generation;
	e->key_until = key_until;
	pthread_mutex_unlock(&shard->lock);
}
