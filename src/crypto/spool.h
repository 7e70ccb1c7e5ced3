/*
 * Bytes that are too many for memory and too private for a disk: a temporary file without a name
 * (gone with the process, whatever ends it), each block encrypted and authenticated under a key
 * that is in memory only. What fits one block never touches the disk. Written from its start to its
 * end, then read from its start to its end, as often as wanted. One thread at a time.
 */
#ifndef CRYPTO_SPOOL_H
#define CRYPTO_SPOOL_H

#include "base/err.h"

#define SPOOL_BLOCK ((size_t)64 * 1024) /* plain bytes of each block but the last */

struct spool;

/* folder: where the file will be made; outlives the spool. ERR_UNAVAILABLE: no memory or
 * randomness. */
MUST_CHECK enum err spool_open(struct str folder, struct spool **out);
/* One more that is freed together with `with`. */
MUST_CHECK enum err spool_open_beside(struct spool *with, struct spool **out);
/* ERR_UNAVAILABLE: the file can't be made or the disk is full. Not after a rewind. */
MUST_CHECK enum err spool_add(struct spool *s, const void *p, size_t n);
int64_t spool_size(const struct spool *s);
/* Back to the start, for reading. */
MUST_CHECK enum err spool_rewind(struct spool *s);
/* The next piece, at most SPOOL_BLOCK bytes, empty at the end; good until the next call. */
MUST_CHECK enum err spool_read(struct spool *s, struct str *piece);
/* All that is left to read, as base64 (RFC 4648, padded) by and by; ends at put's error. */
typedef enum err (*spool_put_fn)(void *arg, struct str text);
MUST_CHECK enum err spool_base64(struct spool *s, spool_put_fn put, void *arg);
/* What is called when it is freed, for who must know that the file is gone; once for a spool. */
void spool_on_free(struct spool *s, void (*gone)(void *arg), void *arg);
/* NULL is fine. Wipes what is in memory. */
void spool_free(struct spool *s);

#endif
