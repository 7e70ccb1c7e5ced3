/*
 * A table of fixed size from 16-byte keys to small values, for what may be forgotten: the cache of
 * verified tokens, the rates of clients. Set-associative: a key can stand in one of eight places,
 * and a new one takes the place least recently used. So memory is bounded, and no input can make it
 * slow. Not locked; the owner locks. Keys must be hashes or MACs: their bits are used as they are.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/base.h"

struct map;

/* About `entries` places (rounded up to sets of eight) with value_size bytes each; memory comes
 * zeroed and lazily from the system. */
struct map *map_new(size_t entries, size_t value_size);
/* The same for values that own something: drop is called for each that leaves (for another key, by
 * map_remove or map_each, at map_free). */
struct map *map_new_owning(size_t entries, size_t value_size, void (*drop)(void *value));
void map_free(struct map *m);
/* The value of key, marked as used; NULL when it is not there. Valid until the next map_put. */
void *map_get(struct map *m, const uint8_t key[static 16]);
/* The value of key, made (zeroed) when it is not there; *fresh tells. */
void *map_put(struct map *m, const uint8_t key[static 16], bool *fresh);
void map_remove(struct map *m, const uint8_t key[static 16]);
/* Calls each(key, value, arg) for all; each returning true removes the entry. */
void map_each(struct map *m, bool (*each)(const uint8_t *key, void *value, void *arg), void *arg);

#endif
