/*
 * Most of an Argon2id hash's time beyond its own work is page faults: libsodium maps fresh memory
 * for each one and the kernel zeroes it, page by page. Memory on huge pages that stays mapped takes
 * a third off. The linker sends every mmap and munmap of the program here; nothing changes for a
 * thread that has no arena armed.
 */
#include "crypto/hash_arena.h"

#include "base/str.h"

#include <sys/mman.h>

#define HUGE_PAGE (UINT64_C(2) << 20)

void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t n);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t n);

static __thread struct hash_arena *armed;

static bool
fits(const struct hash_arena *a, void *at, size_t n, int flags, int fd)
{
	return a->p && !a->lent && !at && fd == -1 && (flags & MAP_ANONYMOUS) && n <= a->size;
}

void *
__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	struct hash_arena *a = armed;
	void *got;

	if (a && fits(a, at, n, flags, fd)) {
		a->lent = true;
		a->uses++;
		a->dirty = n > a->dirty ? n : a->dirty;
		return a->p;
	}
	got = __real_mmap(at, n, prot, flags, fd, offset);
	if (a && got == MAP_FAILED)
		a->starved = true;
	return got;
}

int
__wrap_munmap(void *at, size_t n)
{
	struct hash_arena *a = armed;

	if (a && a->lent && at == a->p) {
		a->lent = false;
		return 0;
	}
	return __real_munmap(at, n);
}

void
hash_arena_init(struct hash_arena *a, size_t bytes)
{
	*a = (struct hash_arena){.size = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1)};
}

/* Maps one huge page more than needed and cuts off what is not aligned to one. */
static void
map(struct hash_arena *a)
{
	const size_t room = a->size + HUGE_PAGE;
	uint8_t *got =
		__real_mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before, after;

	if (got == MAP_FAILED)
		return;
	before = (size_t)(-(uintptr_t)got & (HUGE_PAGE - 1));
	after = HUGE_PAGE - before;
	if (before > 0)
		__real_munmap(got, before);
	if (after > 0)
		__real_munmap(got + before + a->size, after);
	a->p = got + before;
	madvise(a->p, a->size, MADV_HUGEPAGE);
	madvise(a->p, a->size, MADV_DONTDUMP);
}

void
hash_arena_release(struct hash_arena *a)
{
	if (!a->p)
		return;
	while (hash_arena_wipe_some(a))
		;
	__real_munmap(a->p, a->size);
	a->p = NULL;
}

void
hash_arena_arm(struct hash_arena *a)
{
	if (!a->p)
		map(a);
	a->starved = false;
	armed = a;
}

void
hash_arena_disarm(void)
{
	armed = NULL;
}

bool
hash_arena_wipe_some(struct hash_arena *a)
{
	size_t n = a->dirty < HUGE_PAGE ? a->dirty : HUGE_PAGE;

	if (n == 0)
		return false;
	a->dirty -= n;
	wipe(a->p + a->dirty, n);
	return true;
}

void
hash_arena_trim(struct hash_arena *a)
{
	if (a->p)
		madvise(a->p, a->size, MADV_DONTNEED);
}

void *
hash_arena_map(size_t n)
{
	void *p = __wrap_mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
hash_arena_unmap(void *p, size_t n)
{
	(void)__wrap_munmap(p, n);
}
