/*
 * Memory of one request: allocated piece by piece, freed and wiped in one go. Never returns NULL:
 * inputs are capped before they come here, so running past the arena's own cap is a bug, and ends
 * the process. One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

struct arena_block;

struct arena {
	struct arena_block *head; /* the block being filled; older ones behind it */
	size_t used;              /* bytes handed out since the last reset */
	size_t cap;               /* most bytes between two resets */
};

/* cap in bytes; nothing is allocated before the first use. */
void arena_init(struct arena *a, size_t cap);
/* Zeroed, aligned for any type. n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));
void *arena_copy(struct arena *a, const void *p, size_t n) __attribute__((returns_nonnull));
/* Wipes what was used and keeps one small block for the next request. */
void arena_reset(struct arena *a);
/* Wipes and frees all. */
void arena_release(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

#endif
