/* SipHash-2-4 with 128 bits out: a fast keyed hash for tables in memory, not for anything that is
 * stored. */
#ifndef CRYPTO_SHORT_HASH_H
#define CRYPTO_SHORT_HASH_H

#include "base/base.h"

#define SHORT_HASH_KEY 16

void short_hash(const uint8_t key[static SHORT_HASH_KEY], const void *p, size_t n,
		uint8_t out[static 16]);

#endif
