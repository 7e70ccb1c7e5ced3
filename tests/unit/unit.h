/* What each unit test starts with: cmocka, and a ctx with an arena of its own. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "base/ctx.h"

#include <setjmp.h>

#include <cmocka.h>
#undef fail

#define assert_str(got, want) assert_str_(got, want, __FILE__, __LINE__)

static inline void
assert_str_(struct str got, struct str want, const char *file, int line)
{
	if (str_eq(got, want))
		return;
	print_error("got \"%.*s\", want \"%.*s\"\n", STR_ARG(got), STR_ARG(want));
	_fail(file, line);
}

#endif
