/* As the libraries tell them at run time, not as they were when this was built. */
#include "crypto/crypto_versions.h"

#include <openssl/crypto.h>
#include <sodium.h>

void
crypto_versions(struct buf *out)
{
	buf_printf(out, "  %s\n  libsodium %s\n", OpenSSL_version(OPENSSL_VERSION),
		   sodium_version_string());
}
