/*
 * Sets of eight places, each with its key, the tick of its last use and its value side by side, so
 * that a look-up stays within a few cache lines. The table is mapped without being touched: pages
 * that no key falls into cost nothing, and the first use of a page finds zeros, which means "all
 * places free".
 */
#include "base/map.h"

#include "base/str.h"

#include <sys/mman.h>

#define WAYS 8

struct set {
	uint8_t key[WAYS][16];
	uint32_t tick[WAYS]; /* 0: free; the largest was used last */
	uint8_t values[];
};

struct map {
	uint8_t *table;
	size_t sets;
	size_t value_size; /* rounded up to 8 */
	size_t stride;
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
	m->stride = sizeof(struct set) + WAYS * m->value_size;
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

static int
find(const struct set *set, const uint8_t *key)
{
	for (int i = 0; i < WAYS; i++)
		if (set->tick[i] && memcmp(set->key[i], key, 16) == 0)
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

static void *
value_at(const struct map *m, struct set *set, int i)
{
	return set->values + (size_t)i * m->value_size;
}

static void
remove_at(const struct map *m, struct set *set, int i)
{
	if (m->drop && set->tick[i])
		m->drop(value_at(m, set, i));
	set->tick[i] = 0;
	wipe(set->key[i], 16);
	wipe(value_at(m, set, i), m->value_size);
}

void *
map_get(struct map *m, const uint8_t key[static 16])
{
	struct set *set = set_of(m, key);
	int i = find(set, key);

	if (i < 0)
		return NULL;
	touch(set, i);
	return value_at(m, set, i);
}

void *
map_put(struct map *m, const uint8_t key[static 16], bool *fresh)
{
	struct set *set = set_of(m, key);
	int i = find(set, key);

	*fresh = i < 0;
	if (i < 0) {
		i = 0;
		for (int j = 1; j < WAYS; j++)
			if (set->tick[j] < set->tick[i])
				i = j;
		remove_at(m, set, i);
		memcpy(set->key[i], key, 16);
	}
	touch(set, i);
	return value_at(m, set, i);
}

void
map_remove(struct map *m, const uint8_t key[static 16])
{
	struct set *set = set_of(m, key);
	int i = find(set, key);

	if (i >= 0)
		remove_at(m, set, i);
}

void
map_each(struct map *m, bool (*each)(const uint8_t *key, void *value, void *arg), void *arg)
{
	for (size_t s = 0; s < m->sets; s++) {
		struct set *set = set_at(m, s);

		for (int i = 0; i < WAYS; i++)
			if (set->tick[i] && each(set->key[i], value_at(m, set, i), arg))
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
