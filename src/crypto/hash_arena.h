/*
 * The memory of one hash slot, used again for each hash. While it is armed on a thread, libsodium's
 * mmap of the Argon2 blocks on that thread gets this memory instead of fresh pages (the program is
 * linked with
 * --wrap=mmap and --wrap=munmap, and libsodium statically). All else passes through.
 */
#ifndef CRYPTO_HASH_ARENA_H
#define CRYPTO_HASH_ARENA_H

#include "base/base.h"

struct hash_arena {
	uint8_t *p;
	size_t size;  /* bytes, a multiple of 2 MiB */
	size_t dirty; /* bytes from p on that hold remains of a hash */
	bool lent;    /* libsodium has it now */
	bool starved; /* an mmap failed since it was armed */
	int64_t uses; /* times it was lent; whoever counts resets it */
};

/* Sizes it for hashes of `bytes`; the memory is asked for at the first hash. */
void hash_arena_init(struct hash_arena *a, size_t bytes);
/* Wipes it and gives the memory and its addresses back. */
void hash_arena_release(struct hash_arena *a);
/* For the calling thread, until disarm. Without memory of its own every mmap passes through. */
void hash_arena_arm(struct hash_arena *a);
void hash_arena_disarm(void);
/* Wipes the next 2 MiB of what is dirty; false when nothing was. */
bool hash_arena_wipe_some(struct hash_arena *a);
/* Gives the pages back, keeps the addresses. */
void hash_arena_trim(struct hash_arena *a);

/* For a library that takes its memory from a function of ours: as its mmap and munmap would be
 * answered if it were linked statically. NULL: there is none. */
void *hash_arena_map(size_t n);
void hash_arena_unmap(void *p, size_t n);

#endif
