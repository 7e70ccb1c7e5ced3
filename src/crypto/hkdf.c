/*
 * HKDF-SHA256 through OpenSSL: libsodium has it only from 1.0.19 on. Used at start-up only, so
 * nothing here is kept ready.
 */
#include "crypto/hkdf.h"

#include "crypto/ossl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

/* OSSL_PARAM takes no const pointer, though HKDF only reads. */
static OSSL_PARAM
octets(const char *name, const char *p, size_t n)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, n);
}

enum err
hkdf_sha256(struct secret key, struct str salt, struct str info, uint8_t *out, size_t n)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[5], *p = params;
	EVP_KDF *kdf CLEANUP(kdf_drop) = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx CLEANUP(kdf_ctx_drop) = kdf ? EVP_KDF_CTX_new(kdf) : NULL;

	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	*p++ = octets(OSSL_KDF_PARAM_KEY, key.p, key.n);
	*p++ = octets(OSSL_KDF_PARAM_INFO, info.n > 0 ? info.p : "", info.n);
	if (salt.n > 0)
		*p++ = octets(OSSL_KDF_PARAM_SALT, salt.p, salt.n);
	*p = OSSL_PARAM_construct_end();
	if (!ctx || EVP_KDF_derive(ctx, out, n, params) != 1) {
		ERR_clear_error();
		return ERR_INTERNAL;
	}
	return OK;
}
