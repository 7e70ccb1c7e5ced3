/*
 * The ring from inside: one unchanging set of keys, counted by its users, so that a set which is
 * replaced lives until the last signature under way is done.
 */
#ifndef CRYPTO_KEYRING_USE_H
#define CRYPTO_KEYRING_USE_H

#include "crypto/jws.h"
#include "crypto/verified.h"

struct ring_key {
	char kid[KID_ROOM];
	struct jws_key jws;
	struct buf header; /* base64url of the JOSE header of what it signs */
	struct buf jwk;    /* absent for HS256 */
	int64_t signs_from, verifies_until;
};

struct ring;

/* The set of now; NULL before the first keyring_set. */
struct ring *keyring_hold(struct keyring *r);
void ring_drop(struct ring **ring);
#define CLEANUP_RING CLEANUP(ring_drop)

/* NULL: no such key, or its time is over. ring may be NULL. */
const struct ring_key *ring_find(const struct ring *ring, struct str kid, int64_t now);
/* The key that signs at now; NULL without one. */
const struct ring_key *ring_signer(const struct ring *ring, int64_t now);
/* Differs whenever the keys do. */
uint64_t ring_generation(const struct ring *ring);

uint64_t keyring_generation(struct keyring *r);
struct verified *keyring_verified(struct keyring *r);

#endif
