/*
 * The end of the process for what must not happen. It aborts rather than exits, so that a
 * supervisor sees a crash and the state of the broken invariant can be looked at.
 */
#include "base/base.h"

#include <unistd.h>

void
die(const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n] = '\n';
	if (write(STDERR_FILENO, "aldgate: ", 9) < 0 ||
	    write(STDERR_FILENO, line, (size_t)n + 1) < 0)
		abort();
	abort();
}
