/*
 * A ring is made whole, then takes the old one's place under a lock that readers hold only to count
 * themselves in. Servers read their keys again every minute; when nothing has changed, nothing is
 * done, and the tokens that were verified stay remembered. When anything has, the generation rises
 * and all of them are forgotten.
 */
#include "crypto/keyring_use.h"

#include "base/enc.h"
#include "base/json_write.h"
#include "crypto/jwk.h"

#include <pthread.h>
#include <stdatomic.h>

#define HEADER_MAX 256

struct ring {
	_Atomic size_t users;
	uint64_t generation;
	uint8_t identity[SHA256_SIZE]; /* of all that it was made from */
	enum alg signing;
	size_t n;
	struct ring_key keys[];
};

struct keyring {
	pthread_rwlock_t lock; /* of now */
	struct ring *now;
	_Atomic uint64_t generation;
	pthread_mutex_t setting; /* one keyring_set at a time */
	struct verified *verified;
};

static void
key_release(struct ring_key *k)
{
	jws_key_release(&k->jws);
	buf_release(&k->header);
	buf_release(&k->jwk);
}

static void
ring_free(struct ring *ring)
{
	for (size_t i = 0; i < ring->n; i++)
		key_release(&ring->keys[i]);
	wipe(ring, sizeof(*ring));
	free(ring);
}

void
ring_drop(struct ring **ring)
{
	if (*ring && atomic_fetch_sub(&(*ring)->users, 1) == 1)
		ring_free(*ring);
	*ring = NULL;
}

struct ring *
keyring_hold(struct keyring *r)
{
	struct ring *ring;

	pthread_rwlock_rdlock(&r->lock);
	ring = r->now;
	if (ring)
		atomic_fetch_add(&ring->users, 1);
	pthread_rwlock_unlock(&r->lock);
	return ring;
}

static bool
usable(const struct ring_key *k, int64_t now)
{
	return k->verifies_until == 0 || now <= k->verifies_until;
}

const struct ring_key *
ring_find(const struct ring *ring, struct str kid, int64_t now)
{
	for (size_t i = 0; ring && i < ring->n; i++) {
		const struct ring_key *k = &ring->keys[i];

		if (str_eq(str_of(k->kid), kid))
			return usable(k, now) ? k : NULL;
	}
	return NULL;
}

/* Of two keys that may sign: the newest that is due, else the one that is due first. */
static bool
better(const struct ring_key *a, const struct ring_key *b, int64_t now)
{
	bool a_due = a->signs_from <= now, b_due = b->signs_from <= now;

	if (a_due != b_due)
		return a_due;
	return a_due ? a->signs_from > b->signs_from : a->signs_from < b->signs_from;
}

const struct ring_key *
ring_signer(const struct ring *ring, int64_t now)
{
	const struct ring_key *best = NULL;

	for (size_t i = 0; ring && i < ring->n; i++) {
		const struct ring_key *k = &ring->keys[i];

		if (k->jws.alg != ring->signing || !k->jws.signs || !usable(k, now))
			continue;
		if (!best || better(k, best, now))
			best = k;
	}
	return best;
}

uint64_t
ring_generation(const struct ring *ring)
{
	return ring->generation;
}

uint64_t
keyring_generation(struct keyring *r)
{
	return r->generation;
}

struct verified *
keyring_verified(struct keyring *r)
{
	return r->verified;
}

struct keyring *
keyring_new(void)
{
	struct keyring *r = calloc(1, sizeof(*r));

	if (!r)
		die("out of memory for the key ring");
	pthread_rwlock_init(&r->lock, NULL);
	pthread_mutex_init(&r->setting, NULL);
	r->verified = verified_new();
	return r;
}

void
keyring_free(struct keyring *r)
{
	if (!r)
		return;
	ring_drop(&r->now);
	verified_free(r->verified);
	pthread_rwlock_destroy(&r->lock);
	pthread_mutex_destroy(&r->setting);
	free(r);
}

static void
hash_part(EVP_MD_CTX *md, const void *p, size_t n)
{
	uint64_t length = n;

	if (EVP_DigestUpdate(md, &length, sizeof(length)) != 1 || EVP_DigestUpdate(md, p, n) != 1)
		die("SHA-256 failed");
}

static void
identify(const struct key_material *keys, size_t n, enum alg signing,
	 uint8_t out[static SHA256_SIZE])
{
	EVP_MD_CTX *md CLEANUP(md_ctx_drop) = EVP_MD_CTX_new();

	if (!md || EVP_DigestInit_ex2(md, sha256_md(), NULL) != 1)
		die("SHA-256 failed");
	hash_part(md, &signing, sizeof(signing));
	for (size_t i = 0; i < n; i++) {
		const struct key_material *m = &keys[i];

		hash_part(md, m->kid.p, m->kid.n);
		hash_part(md, &m->alg, sizeof(m->alg));
		hash_part(md, m->public_der.p, m->public_der.n);
		hash_part(md, m->private_der.p, m->private_der.n);
		hash_part(md, &m->signs_from, sizeof(m->signs_from));
		hash_part(md, &m->verifies_until, sizeof(m->verifies_until));
	}
	if (EVP_DigestFinal_ex(md, out, NULL) != 1)
		die("SHA-256 failed");
}

static void
write_header(struct ring_key *k)
{
	struct buf json CLEANUP_BUF;
	struct json_out w = json_to(&json);

	buf_init(&json, HEADER_MAX);
	buf_init(&k->header, HEADER_MAX);
	json_open(&w);
	json_pair_str(&w, "alg", alg_name(k->jws.alg));
	json_pair(&w, "typ", "at+jwt");
	json_pair(&w, "kid", k->kid);
	json_close(&w);
	base64url_encode(&k->header, json.p, json.n);
}

static enum err
read_key(struct ring_key *k, const struct key_material *m)
{
	if (m->kid.n == 0 || m->kid.n >= KID_ROOM)
		return ERR_INTERNAL;
	snprintf(k->kid, sizeof(k->kid), "%.*s", STR_ARG(m->kid));
	k->signs_from = m->signs_from;
	k->verifies_until = m->verifies_until;
	TRY(jws_key_read(&k->jws, m));
	write_header(k);
	buf_init(&k->jwk, JWK_MAX);
	return m->alg == ALG_HS256 ? OK : jwk_public(k->jws.pkey, m->alg, str_of(k->kid), &k->jwk);
}

static enum err
ring_new(const struct key_material *keys, size_t n, struct ring **out)
{
	struct ring *ring = calloc(1, sizeof(*ring) + n * sizeof(struct ring_key));
	enum err e = ring ? OK : ERR_UNAVAILABLE;

	if (ring)
		ring->n = n;
	for (size_t i = 0; e == OK && i < n; i++)
		e = read_key(&ring->keys[i], &keys[i]);
	if (e == OK)
		*out = ring;
	else if (ring)
		ring_free(ring);
	return e;
}

static void
replace(struct keyring *r, struct ring *ring)
{
	struct ring *old;

	ring->users = 1;
	pthread_rwlock_wrlock(&r->lock);
	old = r->now;
	ring->generation = ++r->generation;
	r->now = ring;
	pthread_rwlock_unlock(&r->lock);
	ring_drop(&old);
}

enum err
keyring_set(struct keyring *r, const struct key_material *keys, size_t n, enum alg signing)
{
	uint8_t identity[SHA256_SIZE];
	struct ring *ring = NULL;
	enum err e = OK;

	identify(keys, n, signing, identity);
	pthread_mutex_lock(&r->setting);
	if (!r->now || memcmp(r->now->identity, identity, sizeof(identity)) != 0)
		e = ring_new(keys, n, &ring);
	if (ring) {
		ring->signing = signing;
		memcpy(ring->identity, identity, sizeof(identity));
		replace(r, ring);
	}
	pthread_mutex_unlock(&r->setting);
	return e;
}

bool
keyring_has(struct keyring *r, struct str kid)
{
	struct ring *ring CLEANUP_RING = keyring_hold(r);

	for (size_t i = 0; ring && i < ring->n; i++) {
		if (str_eq(str_of(ring->keys[i].kid), kid))
			return true;
	}
	return false;
}

bool
keyring_signs(struct keyring *r, struct str kid, int64_t now)
{
	struct ring *ring CLEANUP_RING = keyring_hold(r);
	const struct ring_key *signer = ring_signer(ring, now);

	return signer && str_eq(str_of(signer->kid), kid);
}

void
keyring_jwks(struct keyring *r, int64_t now, struct buf *out)
{
	struct ring *ring CLEANUP_RING = keyring_hold(r);
	struct json_out w = json_to(out);

	json_open(&w);
	json_key(&w, "keys");
	json_open_list(&w);
	for (size_t i = 0; ring && i < ring->n; i++) {
		if (ring->keys[i].jwk.n > 0 && usable(&ring->keys[i], now))
			json_raw(&w, buf_view(&ring->keys[i].jwk));
	}
	json_close_list(&w);
	json_close(&w);
}
