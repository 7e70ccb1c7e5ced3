/* A run of equal structs whose type both sides know: what a list of an answer is rendered from. In
 * the arena. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/base.h"

struct list {
	const void *v;
	size_t n;
};

#endif
