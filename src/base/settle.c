/*
 * Most of what a start maps is the linking of libraries and the set-up of OpenSSL, which is never
 * read again: half of an idle server's memory. Only pages that are still the file's own may go;
 * one that was written, for a relocation or by a debugger, would come back without it.
 */
#include "base/settle.h"

#include "base/str.h"

#include <malloc.h>
#include <sys/mman.h>

#define LINE_ROOM 512

/* A line of smaps(5) that begins a mapping: "from-to may …". Empty unless it is of a file, and not
 * to be written. */
static bool
read_mapping(const char *line, uintptr_t *from, uintptr_t *to)
{
	char *end;
	uintptr_t first = strtoull(line, &end, 16), behind;

	if (*end != '-')
		return false;
	behind = strtoull(end + 1, &end, 16);
	*from = first;
	*to = end[0] == ' ' && end[2] != 'w' && strchr(line, '/') ? behind : first;
	return true;
}

void
settle(void)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uintptr_t from = 0, to = 0;
	char line[LINE_ROOM];

	malloc_trim(0);
	while (f && fgets(line, sizeof(line), f)) {
		if (read_mapping(line, &from, &to))
			continue;
		if (to > from && str_eq(str_of(line), S("Anonymous:             0 kB\n")))
			(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	if (f)
		fclose(f);
}
