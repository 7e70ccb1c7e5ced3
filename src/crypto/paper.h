/*
 * The sealing of a paper: a key of its own, wrapped by the master key, and pieces under it that
 * open in their order only, from the first to the last. Take the wrapped key away and the pieces
 * are noise.
 */
#ifndef CRYPTO_PAPER_H
#define CRYPTO_PAPER_H

#include "base/ctx.h"

#define PAPER_EXTRA 17 /* bytes that a sealed piece is longer */
#define DIGEST_SIZE 32

struct paper_cipher {
	_Alignas(8) uint8_t state[64];
};

/* A new key; *wrapped is what to keep. context names the paper and must be the same to open. */
MUST_CHECK enum err
paper_seal_begin(struct ctx *cx, struct str context, struct paper_cipher *c, struct str *wrapped);
/* out: plain.n + PAPER_EXTRA bytes. last: of the paper's last piece, which has one even when it is
 * empty. */
void paper_seal(struct paper_cipher *c, struct str plain, bool last, void *out);

/* ERR_INTERNAL when it was not wrapped under this master key and context. */
MUST_CHECK enum err
paper_open_begin(struct ctx *cx, struct str context, struct str wrapped, struct paper_cipher *c);
/* out: sealed.n - PAPER_EXTRA bytes. ERR_INTERNAL for a piece that is not the next one, or the last
 * where it must not be, or not where it must. */
MUST_CHECK enum err paper_open(struct paper_cipher *c, struct str sealed, bool last, void *out);
void paper_end(struct paper_cipher *c);

/* SHA-256 of bytes that come in pieces. */
struct digest {
	_Alignas(8) uint8_t state[128];
};
void digest_begin(struct digest *d);
void digest_add(struct digest *d, struct str piece);
void digest_end(struct digest *d, uint8_t out[static DIGEST_SIZE]);

#endif
