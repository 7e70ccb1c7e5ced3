/*
 * SHA-256 through OpenSSL, which uses the processor's own instructions where libsodium's does not.
 * The algorithm is fetched once, since OpenSSL 3 otherwise looks it up under a lock at each use.
 */
#include "crypto/ossl.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *md;

static void
fetch(void)
{
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!md)
		die("OpenSSL has no SHA-256");
}

const EVP_MD *
sha256_md(void)
{
	pthread_once(&once, fetch);
	return md;
}

void
sha256(const void *p, size_t n, uint8_t out[static SHA256_SIZE])
{
	unsigned int length = SHA256_SIZE;

	if (EVP_Digest(p, n, out, &length, sha256_md(), NULL) != 1)
		die("SHA-256 failed");
}
