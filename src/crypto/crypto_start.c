/*
 * The system's openssl.cnf is not read: what is signed and accepted here is in the source and in
 * our own configuration, and reading it costs each start time and memory.
 */
#include "crypto/crypto_start.h"

#include "base/base.h"

#include <openssl/crypto.h>

void
crypto_start(void)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
					OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
				NULL) != 1)
		die("OpenSSL can't start");
}
