/*
 * Most of what a start maps is the linking of libraries and the set-up of OpenSSL, which is never
 * read again: half of an idle server's memory.
 */
#include "base/settle.h"

#include "base/base.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only segments that are mapped read-only as they stand: what is relocated first is writable. */
static int
drop_segments(struct dl_phdr_info *object, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		uintptr_t from = (object->dlpi_addr + h->p_vaddr) & ~(page - 1);
		uintptr_t to = (object->dlpi_addr + h->p_vaddr + h->p_memsz) & ~(page - 1);

		if (h->p_type == PT_LOAD && !(h->p_flags & PF_W) && to > from)
			(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
settle(void)
{
	malloc_trim(0);
	dl_iterate_phdr(drop_segments, NULL);
}
