/*
 * The subkeys of the master key and what they do. All are derived once at the start, and the master
 * key itself is forgotten at once. They live in a guarded region of libsodium's, locked into memory
 * where the system allows it and read-only from then on. For HMAC the two first blocks of each
 * subkey are hashed ahead, which halves the cost of a MAC.
 */
#include "crypto/vault.h"

#include "base/rnd.h"
#include "crypto/hkdf.h"
#include "crypto/master_key.h"

#include <endian.h>
#include <sodium.h>

struct vault {
	crypto_auth_hmacsha256_state mac[VAULT_USES];
	uint8_t seal_key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
};

/* The names are part of the derivation: changing one makes all that was made under it worthless. */
static const char *const use_names[VAULT_USES] = {
	[VAULT_SEAL] = "seal",   [VAULT_REFRESH] = "refresh",
	[VAULT_LINK] = "link",   [VAULT_CODE] = "code",
	[VAULT_COUNT] = "count", [VAULT_CURSOR] = "cursor",
	[VAULT_AUDIT] = "audit", [VAULT_FINGERPRINT] = "fingerprint",
	[VAULT_CHECK] = "check",
};

static enum err
derive(struct vault *v, const uint8_t master[static MASTER_KEY_SIZE])
{
	struct secret key = {(const char *)master, MASTER_KEY_SIZE};
	uint8_t subkey[32];
	char info[64];

	for (size_t i = 0; i < VAULT_USES; i++) {
		snprintf(info, sizeof(info), "aldgate %s v1", use_names[i]);
		TRY(hkdf_sha256(key, STR_NONE, str_of(info), subkey, sizeof(subkey)));
		if (i == VAULT_SEAL)
			memcpy(v->seal_key, subkey, sizeof(v->seal_key));
		crypto_auth_hmacsha256_init(&v->mac[i], subkey, sizeof(subkey));
	}
	wipe(subkey, sizeof(subkey));
	return OK;
}

enum err
vault_open(const struct config *config, bool may_create, struct vault **out, struct buf *problem)
{
	uint8_t master[MASTER_KEY_SIZE];
	struct vault *v;
	enum err e;

	if (sodium_init() < 0) {
		buf_z(problem, "libsodium can't be started.");
		return ERR_INTERNAL;
	}
	TRY(master_key_read(config, may_create, master, problem));
	v = sodium_malloc(sizeof(*v));
	e = v ? derive(v, master) : ERR_UNAVAILABLE;
	wipe(master, sizeof(master));
	if (e != OK) {
		buf_z(problem, "The keys can't be derived from the master key.");
		vault_close(v);
		return e;
	}
	sodium_mprotect_readonly(v);
	*out = v;
	return OK;
}

void
vault_close(struct vault *v)
{
	sodium_free(v);
}

void
vault_mac(const struct vault *v, enum vault_use use, const void *p, size_t n,
	  uint8_t out[static MAC_SIZE])
{
	crypto_auth_hmacsha256_state state = v->mac[use];

	crypto_auth_hmacsha256_update(&state, p, n);
	crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
}

void
vault_mac_parts(const struct vault *v, enum vault_use use, const struct str *parts, size_t count,
		uint8_t out[static MAC_SIZE])
{
	crypto_auth_hmacsha256_state state = v->mac[use];

	for (size_t i = 0; i < count; i++) {
		uint64_t length = htobe64(parts[i].n);

		crypto_auth_hmacsha256_update(&state, (const unsigned char *)&length,
					      sizeof(length));
		if (parts[i].n > 0)
			crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i].p,
						      parts[i].n);
	}
	crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
}

enum err
seal(struct ctx *cx, struct str context, struct str plain, struct str *sealed)
{
	const size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	uint8_t *p = arena_alloc(cx->arena, plain.n + SEAL_EXTRA);
	unsigned long long n;

	TRY(rnd_bytes(p, nonce_size));
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + nonce_size, &n,
						   (const unsigned char *)plain.p, plain.n,
						   (const unsigned char *)context.p, context.n,
						   NULL, p, cx->vault->seal_key);
	*sealed = (struct str){(const char *)p, nonce_size + (size_t)n};
	return OK;
}

enum err
unseal(struct ctx *cx, struct str context, struct str sealed, struct secret *plain)
{
	const size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	const uint8_t *nonce = (const uint8_t *)sealed.p;
	unsigned long long n;
	uint8_t *p;

	if (sealed.n < SEAL_EXTRA)
		return ERR_INTERNAL;
	p = arena_alloc(cx->arena, sealed.n - SEAL_EXTRA);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    p, &n, NULL, nonce + nonce_size, sealed.n - nonce_size,
		    (const unsigned char *)context.p, context.n, nonce, cx->vault->seal_key) != 0)
		return ERR_INTERNAL;
	*plain = (struct secret){(const char *)p, (size_t)n};
	return OK;
}
