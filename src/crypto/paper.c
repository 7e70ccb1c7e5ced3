/* libsodium's secretstream; its key and header are wrapped together, since one is of no use without
 * the other. */
#include "crypto/paper.h"

#include "crypto/vault.h"

#include <sodium.h>

#define KEY crypto_secretstream_xchacha20poly1305_KEYBYTES
#define HEADER crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define LAST crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(PAPER_EXTRA == crypto_secretstream_xchacha20poly1305_ABYTES, "as libsodium has it");
_Static_assert(sizeof(crypto_secretstream_xchacha20poly1305_state) <=
		       sizeof(((struct paper_cipher *)NULL)->state),
	       "it fits");
_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct digest *)NULL)->state),
	       "it fits");

static crypto_secretstream_xchacha20poly1305_state *
stream_of(struct paper_cipher *c)
{
	return (void *)c->state;
}

enum err
paper_seal_begin(struct ctx *cx, struct str context, struct paper_cipher *c, struct str *wrapped)
{
	uint8_t both[KEY + HEADER];
	enum err e;

	crypto_secretstream_xchacha20poly1305_keygen(both);
	crypto_secretstream_xchacha20poly1305_init_push(stream_of(c), both + KEY, both);
	e = seal(cx, context, (struct str){(const char *)both, sizeof(both)}, wrapped);
	wipe(both, sizeof(both));
	return e;
}

void
paper_seal(struct paper_cipher *c, struct str plain, bool last, void *out)
{
	crypto_secretstream_xchacha20poly1305_push(
		stream_of(c), out, NULL, (const unsigned char *)plain.p, plain.n, NULL, 0,
		last ? LAST : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}

enum err
paper_open_begin(struct ctx *cx, struct str context, struct str wrapped, struct paper_cipher *c)
{
	struct secret both;

	TRY(unseal(cx, context, wrapped, &both));
	if (both.n != KEY + HEADER || crypto_secretstream_xchacha20poly1305_init_pull(
					      stream_of(c), (const unsigned char *)both.p + KEY,
					      (const unsigned char *)both.p) != 0)
		return ERR_INTERNAL;
	return OK;
}

enum err
paper_open(struct paper_cipher *c, struct str sealed, bool last, void *out)
{
	unsigned char tag;

	if (sealed.n < PAPER_EXTRA ||
	    crypto_secretstream_xchacha20poly1305_pull(stream_of(c), out, NULL, &tag,
						       (const unsigned char *)sealed.p, sealed.n,
						       NULL, 0) != 0)
		return ERR_INTERNAL;
	return (tag == LAST) == last ? OK : ERR_INTERNAL;
}

void
paper_end(struct paper_cipher *c)
{
	wipe(c, sizeof(*c));
}

static crypto_hash_sha256_state *
hash_of(struct digest *d)
{
	return (void *)d->state;
}

void
digest_begin(struct digest *d)
{
	crypto_hash_sha256_init(hash_of(d));
}

void
digest_add(struct digest *d, struct str piece)
{
	crypto_hash_sha256_update(hash_of(d), (const unsigned char *)piece.p, piece.n);
}

void
digest_end(struct digest *d, uint8_t out[static DIGEST_SIZE])
{
	crypto_hash_sha256_final(hash_of(d), out);
}
