/* Identifiers: UUID version 7 (RFC 9562 5.7), ordered by time of making; text is lower case. Not
 * secrets. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/err.h"

struct uuid {
	uint8_t b[16];
};

#define UUID_TEXT 36
#define UUID_ROOM (UUID_TEXT + 1)

MUST_CHECK enum err uuid_new(struct uuid *out);
void uuid_format(char out[static UUID_ROOM], const struct uuid *id);
struct str uuid_text(struct arena *a, const struct uuid *id);
/* 8-4-4-4-12 hex digits in either case, nothing around them. */
bool uuid_parse(struct str s, struct uuid *out);
static inline bool
uuid_eq(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
bool uuid_is_zero(const struct uuid *id);

#endif
