/* What each type of a field is. For shape*.c only. */
#ifndef API_SHAPE_TYPE_H
#define API_SHAPE_TYPE_H

#include "api/shape.h"

struct shape_type {
	const char *json;   /* JSON Schema type */
	const char *format; /* NULL: none */
	size_t most;        /* bytes, for those without a check of their own; 0: no limit here */
	const char *(*check)(struct str s);
	bool trim; /* spaces at its ends do not count */
	bool secret;
};

extern const struct shape_type shape_types[FIELD_TYPES];

#endif
