/*
 * Sets of eight places. What tells them apart, the tick of the last use and four bytes of the key,
 * is one cache line for the set, and each key stands beside its value: a look-up is two or three
 * lines. The table is mapped without being touched: pages that no key falls into cost nothing, and
 * the first use of a page finds zeros, which means "all places free".
 */
#include "base/map.h"

#include "base/str.h"

#include <sys/mman.h>

#define WAYS 8
#define KEY 16
#define LINES 128 /* processors fetch cache lines in pairs */

struct set {
	uint32_t tick[WAYS]; /* 0: free; the largest was used last */
	uint32_t tag[WAYS];  /* the end of the key */
	uint8_t places[];    /* a key and its value each */
};

struct map {
	uint8_t *table;
	size_t sets;
	size_t value_size;         /* rounded up to 8 */
	size_t stride;             /* of sets, whole pairs of cache lines */
	void (*drop)(void *value); /* NULL: values own nothing */
};

struct map *
map_new(size_t entries, size_t value_size)
{
	struct map *m = calloc(1, sizeof(*m));
	size_t bytes;

	if (!m)
		die("no memory for a table");
	m->sets = entries ? (entries + WAYS - 1) / WAYS : 1;
	m->value_size = (value_size + 7) / 8 * 8;
	m->stride = (sizeof(struct set) + WAYS * (KEY + m->value_size) + LINES - 1) / LINES * LINES;
	if (__builtin_mul_overflow(m->sets, m->stride, &bytes))
		die("a table of %zu entries is too large", entries);
	m->table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->table == MAP_FAILED)
		die("no memory for a table of %zu bytes", bytes);
	return m;
}

static struct set *
set_at(const struct map *m, size_t i)
{
	return (struct set *)(void *)(m->table + i * m->stride);
}

static struct set *
set_of(const struct map *m, const uint8_t *key)
{
	uint64_t bits;

	memcpy(&bits, key, sizeof(bits));
	return set_at(m, (size_t)((unsigned __int128)bits * m->sets >> 64));
}

static uint32_t
tag_of(const uint8_t *key)
{
	uint32_t tag;

	memcpy(&tag, key + KEY - sizeof(tag), sizeof(tag));
	return tag;
}

static uint8_t *
key_at(const struct map *m, struct set *set, int i)
{
	return set->places + (size_t)i * (KEY + m->value_size);
}

static void *
value_at(const struct map *m, struct set *set, int i)
{
	return key_at(m, set, i) + KEY;
}

static int
find(const struct map *m, struct set *set, const uint8_t *key)
{
	uint32_t tag = tag_of(key);

	__builtin_prefetch(set->places); /* where it stands most often */
	__builtin_prefetch(set->places + LINES / 2);
	for (int i = 0; i < WAYS; i++)
		if (set->tag[i] == tag && set->tick[i] && memcmp(key_at(m, set, i), key, KEY) == 0)
			return i;
	return -1;
}

static uint32_t
latest(const struct set *set)
{
	uint32_t most = 0;

	for (int i = 0; i < WAYS; i++)
		if (set->tick[i] > most)
			most = set->tick[i];
	return most;
}

/* Ticks 1 to 8 in the same order. */
static void
renumber(struct set *set)
{
	uint32_t rank[WAYS] = {0};

	for (int i = 0; i < WAYS; i++)
		for (int j = 0; j < WAYS; j++)
			rank[i] += set->tick[i] && set->tick[j] && set->tick[j] <= set->tick[i];
	memcpy(set->tick, rank, sizeof(rank));
}

static void
touch(struct set *set, int i)
{
	uint32_t most = latest(set);

	if (most == UINT32_MAX) {
		renumber(set);
		most = latest(set);
	}
	if (most == 0 || set->tick[i] != most)
		set->tick[i] = most + 1;
}

static void
remove_at(const struct map *m, struct set *set, int i)
{
	if (m->drop && set->tick[i])
		m->drop(value_at(m, set, i));
	set->tick[i] = 0;
	set->tag[i] = 0;
	wipe(key_at(m, set, i), KEY);
	wipe(value_at(m, set, i), m->value_size);
}

void *
map_get(struct map *m, const uint8_t key[static 16])
{
	struct set *set = set_of(m, key);
	int i = find(m, set, key);

	if (i < 0)
		return NULL;
	touch(set, i);
	return value_at(m, set, i);
}

void *
map_put(struct map *m, const uint8_t key[static 16], bool *fresh)
{
	struct set *set = set_of(m, key);
	int i = find(m, set, key);

	*fresh = i < 0;
	if (i < 0) {
		i = 0;
		for (int j = 1; j < WAYS; j++)
			if (set->tick[j] < set->tick[i])
				i = j;
		remove_at(m, set, i);
		set->tag[i] = tag_of(key);
		memcpy(key_at(m, set, i), key, KEY);
	}
	touch(set, i);
	return value_at(m, set, i);
}

void
map_remove(struct map *m, const uint8_t key[static 16])
{
	struct set *set = set_of(m, key);
	int i = find(m, set, key);

	if (i >= 0)
		remove_at(m, set, i);
}

void
map_each(struct map *m, bool (*each)(const uint8_t *key, void *value, void *arg), void *arg)
{
	for (size_t s = 0; s < m->sets; s++) {
		struct set *set = set_at(m, s);

		for (int i = 0; i < WAYS; i++)
			if (set->tick[i] && each(key_at(m, set, i), value_at(m, set, i), arg))
				remove_at(m, set, i);
	}
}

struct map *
map_new_owning(size_t entries, size_t value_size, void (*drop)(void *value))
{
	struct map *m = map_new(entries, value_size);

	m->drop = drop;
	return m;
}

static bool
always(const uint8_t *key UNUSED, void *value UNUSED, void *arg UNUSED)
{
	return true;
}

void
map_free(struct map *m)
{
	if (!m)
		return;
	if (m->drop)
		map_each(m, always, NULL);
	munmap(m->table, m->sets * m->stride);
	free(m);
}
