/*
 * Makes values safe to look at: whatever is not plainly printable is written as an escape, so that
 * nothing a client sends can start a new line, colour a terminal or turn the reading direction
 * round.
 */
#include "base/log_line.h"

#define VALUE_MOST 1024

void
line_int(struct log_line *l, int64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits[--at] = '-';
	line_add(l, (struct str){digits + at, sizeof(digits) - at});
}

/* What a byte may be: part of a quoted value as it is; of one without quotes too. */
#define QUOTED 1
#define BARE 2

static const uint8_t kinds[256] = {
	[' '] = QUOTED,
	['!'] = QUOTED | BARE,
	['"' + 1 ... '=' - 1] = QUOTED | BARE,
	['='] = QUOTED,
	['=' + 1 ... '\\' - 1] = QUOTED | BARE,
	['\\' + 1 ... '~'] = QUOTED | BARE,
};

static size_t
run_of(struct str s, uint8_t kind)
{
	size_t n = 0;

	while (n < s.n && kinds[(uint8_t)s.p[n]] & kind)
		n++;
	return n;
}

struct span {
	uint32_t first, last;
};

/* Printable as far as a terminal is concerned: no controls, nothing invisible, nothing that steers
 * direction. */
static bool
printable(uint32_t c)
{
	static const struct span hidden[] = {{0x00, 0x1F},       {0x7F, 0x9F},     {0xAD, 0xAD},
					     {0x61C, 0x61C},     {0x180E, 0x180E}, {0x200B, 0x200F},
					     {0x2028, 0x202E},   {0x2060, 0x206F}, {0xE000, 0xF8FF},
					     {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB},
					     {0xE0000, 0x10FFFF}};

	if ((c & 0xFFFE) == 0xFFFE)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

static struct str
short_escape(uint32_t c)
{
	switch (c) {
	case '"':
		return S("\\\"");
	case '\\':
		return S("\\\\");
	case '\n':
		return S("\\n");
	case '\r':
		return S("\\r");
	case '\t':
		return S("\\t");
	default:
		return STR_NONE;
	}
}

static void
add_unit(struct log_line *l, uint32_t unit)
{
	char text[8];

	snprintf(text, sizeof(text), "\\u%04x", unit & 0xFFFF);
	line_add(l, str_of(text));
}

static void
add_escape(struct log_line *l, uint32_t c)
{
	struct str escape = short_escape(c);

	if (!str_absent(escape)) {
		line_add(l, escape);
		return;
	}
	if (c >= 0x10000) {
		add_unit(l, 0xD7C0 + (c >> 10));
		c = 0xDC00 | (c & 0x3FF);
	}
	add_unit(l, c);
}

/* The character that s begins with; its length. */
static size_t
add_special(struct log_line *l, struct str s)
{
	uint32_t c;
	size_t n = utf8_next(s, &c);

	if (n == 0)
		add_escape(l, 0xFFFD);
	else if (c < 0x80 || !printable(c))
		add_escape(l, c);
	else
		line_add(l, (struct str){s.p, n});
	return n ? n : 1;
}

static bool
bare(struct str s)
{
	return s.n > 0 && s.n <= VALUE_MOST && run_of(s, BARE) == s.n;
}

void
line_value(struct log_line *l, struct str s)
{
	size_t end = s.n;

	if (l->format == LOG_LOGFMT && bare(s)) {
		line_add(l, s);
		return;
	}
	if (end > VALUE_MOST) {
		end = VALUE_MOST;
		while (end > 0 && ((uint8_t)s.p[end] & 0xC0) == 0x80)
			end--;
	}
	line_add(l, S("\""));
	for (struct str rest = {s.p, end}; rest.n > 0;) {
		size_t run = run_of(rest, QUOTED);

		line_add(l, (struct str){rest.p, run});
		rest = str_from(rest, run);
		if (rest.n > 0)
			rest = str_from(rest, add_special(l, rest));
	}
	line_add(l, end < s.n ? S("...\"") : S("\""));
}

void
line_word(struct log_line *l, struct str s)
{
	bool json = l->format == LOG_JSON;

	if (json)
		line_add(l, S("\""));
	line_add(l, s);
	if (json)
		line_add(l, S("\""));
}

void
line_name(struct log_line *l, struct str name)
{
	bool json = l->format == LOG_JSON;

	line_add(l, json ? S(",\"") : S(" "));
	line_add(l, name);
	line_add(l, json ? S("\":") : S("="));
}
