/* One call into libsodium, so that the floors above need not see it. */
#include "crypto/short_hash.h"

#include <sodium.h>

_Static_assert(crypto_shorthash_siphashx24_BYTES == 16, "128 bits");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == SHORT_HASH_KEY, "128 bits");

void
short_hash(const uint8_t key[static SHORT_HASH_KEY], const void *p, size_t n,
	   uint8_t out[static 16])
{
	crypto_shorthash_siphashx24(out, p, n, key);
}
