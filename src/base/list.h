/* A run of equal structs whose type both sides know: what a list of an answer is rendered from. In
 * the arena. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/str.h"

struct list {
	const void *v;
	size_t n;
};

/* Texts by name, in the arena too. */
struct str_pair {
	struct str name, value;
};

struct str_pairs {
	const struct str_pair *v;
	size_t n;
};

#endif
