/*
 * A chain of blocks filled from the front: allocating is adding to a number, and freeing is one
 * walk. Blocks start small since most requests are, and double so that a large one needs few. Under
 * AddressSanitizer what is not handed out is poisoned, so that a pointer kept past a reset is
 * found.
 */
#include "base/arena.h"

#include "base/str.h"

#include <stdalign.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define GAP 16
#else
#define HIDE(p, n) ((void)0)
#define SHOW(p, n) ((void)0)
#define GAP 0
#endif

#define ALIGN alignof(max_align_t)
#define FIRST_BLOCK 4096
#define LARGEST_STEP ((size_t)1 << 20)

struct arena_block {
	struct arena_block *older;
	size_t room; /* of bytes */
	size_t used;
	alignas(max_align_t) char bytes[];
};

#define FIRST_ROOM (FIRST_BLOCK - sizeof(struct arena_block))

void
arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena){.cap = cap};
}

static void
add_block(struct arena *a, size_t least)
{
	size_t room = a->head ? 2 * a->head->room : FIRST_ROOM;
	struct arena_block *block;

	if (room > LARGEST_STEP)
		room = LARGEST_STEP;
	if (room < least)
		room = least;
	block = calloc(1, sizeof(*block) + room);
	if (!block)
		die("no memory for a block of %zu bytes", room);
	block->room = room;
	block->older = a->head;
	a->head = block;
	HIDE(block->bytes, block->room);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t step;
	char *p;

	if (n > a->cap - a->used)
		die("arena: %zu bytes more than the cap of %zu", n, a->cap);
	step = ((n ? n : 1) + GAP + ALIGN - 1) / ALIGN * ALIGN;
	if (!a->head || step > a->head->room - a->head->used)
		add_block(a, step);
	p = a->head->bytes + a->head->used;
	a->head->used += step;
	a->used += n;
	SHOW(p, n);
	return p;
}

void *
arena_copy(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n);

	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

static void
empty(struct arena_block *block)
{
	SHOW(block->bytes, block->room);
	wipe(block->bytes, block->used);
	block->used = 0;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *block = a->head;

	a->head = NULL;
	a->used = 0;
	while (block) {
		struct arena_block *older = block->older;

		empty(block);
		if (!older && block->room == FIRST_ROOM) {
			HIDE(block->bytes, block->room);
			a->head = block;
		} else {
			free(block);
		}
		block = older;
	}
}

void
arena_release(struct arena *a)
{
	arena_reset(a);
	if (a->head) {
		SHOW(a->head->bytes, a->head->room);
		free(a->head);
	}
	a->head = NULL;
}
