/*
 * UUID version 7 with the clock's fraction of a millisecond in rand_a (RFC 9562 6.2, method 3). The
 * 60 bits of time only ever grow within the process, by at least one an id, whatever the clock
 * does: so two ids of one process are never equal and sort in the order of their making.
 */
#include "base/uuid.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/rnd.h"

#include <stdatomic.h>

static const char hex[] = "0123456789abcdef";

/* Milliseconds shifted left by 12, and 4096ths of one. */
static uint64_t
next_stamp(void)
{
	static _Atomic uint64_t last;
	int64_t us = clock_now();
	uint64_t now =
		us < 0 ? 0 : (uint64_t)(us / 1000) << 12 | (uint64_t)(us % 1000 * 4096 / 1000);
	uint64_t before = atomic_load_explicit(&last, memory_order_relaxed);
	uint64_t stamp;

	do {
		stamp = now > before ? now : before + 1;
	} while (!atomic_compare_exchange_weak_explicit(&last, &before, stamp, memory_order_relaxed,
							memory_order_relaxed));
	return stamp;
}

enum err
uuid_new(struct uuid *out)
{
	struct uuid id;
	uint64_t stamp;

	TRY(rnd_bytes(id.b + 8, 8));
	stamp = next_stamp();
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(stamp >> (52 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0F));
	id.b[7] = (uint8_t)stamp;
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F));
	*out = id;
	return OK;
}

static bool
dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
uuid_format(char out[static UUID_ROOM], const struct uuid *id)
{
	char *p = out;

	for (size_t i = 0; i < sizeof(id->b); i++) {
		if (dash_before(i))
			*p++ = '-';
		*p++ = hex[id->b[i] >> 4];
		*p++ = hex[id->b[i] & 15];
	}
	*p = '\0';
}

struct str
uuid_text(struct arena *a, const struct uuid *id)
{
	char *p = arena_alloc(a, UUID_ROOM);

	uuid_format(p, id);
	return (struct str){p, UUID_TEXT};
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_parse(struct str s, struct uuid *out)
{
	struct uuid id;
	const char *p = s.p;

	if (s.n != UUID_TEXT)
		return false;
	for (size_t i = 0; i < sizeof(id.b); i++) {
		int high, low;

		if (dash_before(i) && *p++ != '-')
			return false;
		high = digit(*p++);
		low = digit(*p++);
		if (high < 0 || low < 0)
			return false;
		id.b[i] = (uint8_t)(high << 4 | low);
	}
	*out = id;
	return true;
}

bool
uuid_is_zero(const struct uuid *id)
{
	static const struct uuid zero;

	return uuid_eq(id, &zero);
}
