/* OpenSSL's handles, released at the end of their scope, and the one digest that is used
 * everywhere. */
#ifndef CRYPTO_OSSL_H
#define CRYPTO_OSSL_H

#include "base/str.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#define SHA256_SIZE 32

/* Ends the process when OpenSSL can't do SHA-256 at all. */
void sha256(const void *p, size_t n, uint8_t out[static SHA256_SIZE]);
/* The fetched algorithm; never NULL. */
const EVP_MD *sha256_md(void);

#define OSSL_HANDLE(type, name, release)                                                           \
	static inline void name(type **handle)                                                     \
	{                                                                                          \
		release(*handle);                                                                  \
		*handle = NULL;                                                                    \
	}

OSSL_HANDLE(EVP_PKEY, pkey_drop, EVP_PKEY_free)
OSSL_HANDLE(EVP_PKEY_CTX, pkey_ctx_drop, EVP_PKEY_CTX_free)
OSSL_HANDLE(EVP_MD_CTX, md_ctx_drop, EVP_MD_CTX_free)
OSSL_HANDLE(EVP_KDF, kdf_drop, EVP_KDF_free)
OSSL_HANDLE(EVP_KDF_CTX, kdf_ctx_drop, EVP_KDF_CTX_free)
OSSL_HANDLE(ECDSA_SIG, ecdsa_sig_drop, ECDSA_SIG_free)
OSSL_HANDLE(PKCS8_PRIV_KEY_INFO, pkcs8_drop, PKCS8_PRIV_KEY_INFO_free)
OSSL_HANDLE(BIGNUM, bignum_drop, BN_clear_free)
#undef OSSL_HANDLE

#endif
