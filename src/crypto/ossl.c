/*
 * SHA-256 through OpenSSL, which uses the processor's own instructions where libsodium's does not.
 * The algorithm is fetched once, since OpenSSL 3 otherwise looks it up under a lock at each use;
 * and each thread keeps a context, since a new one costs memory and a count that all threads share.
 */
#include "crypto/ossl.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *md;
static pthread_key_t at_thread_end;
static _Thread_local EVP_MD_CTX *mine;

static void
drop(void *context)
{
	EVP_MD_CTX_free(context);
}

static void
fetch(void)
{
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!md)
		die("OpenSSL has no SHA-256");
	if (pthread_key_create(&at_thread_end, drop) != 0)
		die("no room for a context of each thread");
}

const EVP_MD *
sha256_md(void)
{
	pthread_once(&once, fetch);
	return md;
}

static EVP_MD_CTX *
context(void)
{
	if (mine)
		return mine;
	mine = EVP_MD_CTX_new();
	if (!mine || EVP_DigestInit_ex2(mine, sha256_md(), NULL) != 1 ||
	    pthread_setspecific(at_thread_end, mine) != 0)
		die("no memory for SHA-256");
	return mine;
}

void
sha256(const void *p, size_t n, uint8_t out[static SHA256_SIZE])
{
	EVP_MD_CTX *c = context();
	unsigned int length = SHA256_SIZE;

	if (EVP_DigestInit_ex2(c, NULL, NULL) != 1 || EVP_DigestUpdate(c, p, n) != 1 ||
	    EVP_DigestFinal_ex(c, out, &length) != 1)
		die("SHA-256 failed");
}
