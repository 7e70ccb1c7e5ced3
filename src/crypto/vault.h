/*
 * The master key and what is derived from it. One 32-byte key, from the configuration or from the
 * file <data_dir>/master.key (mode 0600, base64url, made on the first start), and by HKDF-SHA256
 * (RFC 5869) one subkey a purpose, so that nothing made for one purpose is good for another. The
 * database alone opens nothing.
 */
#ifndef CRYPTO_VAULT_H
#define CRYPTO_VAULT_H

#include "base/config.h"
#include "base/ctx.h"
#include "base/uuid.h"

struct vault;

enum vault_use {
	VAULT_SEAL,    /* sealed blobs: signing keys, outbox payloads, TOTP seeds */
	VAULT_REFRESH, /* MAC of refresh tokens */
	VAULT_LINK,    /* MAC of link tokens at rest */
	VAULT_CODE,    /* MAC of codes at rest */
	VAULT_COUNT,   /* keyed hashes of identifiers and addresses in counts */
	VAULT_CURSOR,  /* MAC of page cursors */
	VAULT_AUDIT,   /* chain of audit events */
	VAULT_FINGERPRINT,
	VAULT_CHECK, /* tells whether a store belongs to this master key */
	VAULT_USES
};

#define MAC_SIZE 32
/* nonce and tag that seal() adds to its plain text */
#define SEAL_EXTRA (24 + 16)

/*
 * Opens the key that the configuration names. may_create: whether a missing file is made (a new
 * store) or is an error (a store exists). The file is refused when group or others may read it,
 * when its owner is neither root nor us, or when its content is not exactly one key. *problem gets
 * one sentence for the operator on failure.
 */
MUST_CHECK enum err
vault_open(const struct config *config, bool may_create, struct vault **out, struct buf *problem);
void vault_close(struct vault *v);

/* HMAC-SHA256 under the subkey. */
void vault_mac(const struct vault *v, enum vault_use use, const void *p, size_t n,
	       uint8_t out[static MAC_SIZE]);
/* The same over several parts, each with its length in front, so that ("a","bc") and ("ab","c")
 * differ. */
void vault_mac_parts(const struct vault *v, enum vault_use use, const struct str *parts,
		     size_t count, uint8_t out[static MAC_SIZE]);

/* Authenticated encryption (XChaCha20-Poly1305); context names what it is and whose, and must be
 * the same to open. */
MUST_CHECK enum err seal(struct ctx *cx, struct str context, struct str plain, struct str *sealed);
/* ERR_INTERNAL when it was not sealed under this key and context. */
MUST_CHECK enum err
unseal(struct ctx *cx, struct str context, struct str sealed, struct secret *plain);

#endif
