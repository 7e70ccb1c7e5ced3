/*
 * UTF-8 as RFC 3629 has it. One decoder serves the checks here, the JSON writer and the log, so
 * that all agree on what a character is.
 */
#include "base/str.h"

struct lead {
	uint8_t mask, bits; /* the lead byte is one of this form when (byte & mask) == bits */
	uint8_t length;
	uint32_t least; /* a smaller code point would be overlong */
};

static const struct lead leads[] = {
	{0xE0, 0xC0, 2, 0x80},
	{0xF0, 0xE0, 3, 0x800},
	{0xF8, 0xF0, 4, 0x10000},
};

static size_t
decode_long(struct str s, const struct lead *lead, uint32_t *c)
{
	uint32_t v = (uint8_t)s.p[0] & (uint8_t)~lead->mask;

	if (s.n < lead->length)
		return 0;
	for (size_t i = 1; i < lead->length; i++) {
		if (((uint8_t)s.p[i] & 0xC0) != 0x80)
			return 0;
		v = v << 6 | ((uint8_t)s.p[i] & 0x3F);
	}
	if (v < lead->least || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return 0;
	*c = v;
	return lead->length;
}

size_t
utf8_next(struct str s, uint32_t *c)
{
	if (s.n == 0)
		return 0;
	if ((uint8_t)s.p[0] < 0x80) {
		*c = (uint8_t)s.p[0];
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(leads); i++)
		if (((uint8_t)s.p[0] & leads[i].mask) == leads[i].bits)
			return decode_long(s, &leads[i], c);
	return 0;
}

bool
utf8_valid(struct str s)
{
	uint32_t c;

	while (s.n > 0) {
		size_t n = utf8_next(s, &c);

		if (n == 0)
			return false;
		s = str_from(s, n);
	}
	return true;
}

size_t
utf8_length(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((uint8_t)s.p[i] & 0xC0) != 0x80;
	return count;
}

bool
utf8_has_control(struct str s)
{
	uint32_t c;

	while (s.n > 0) {
		size_t n = utf8_next(s, &c);

		if (n == 0)
			return false;
		if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
		    (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
			return true;
		s = str_from(s, n);
	}
	return false;
}
