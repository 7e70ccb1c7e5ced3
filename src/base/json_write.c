/*
 * JSON out. Most text needs no escape, so the writer looks for runs that it can copy whole. U+2028
 * and U+2029 are escaped too, since they end a line for some readers.
 */
#include "base/json_write.h"

#include "base/clock.h"

#include <math.h>

static void
separate(struct json_out *w)
{
	if (w->comma)
		buf_char(w->b, ',');
	w->comma = true;
}

static bool
plain(char c)
{
	return (uint8_t)c >= 0x20 && (uint8_t)c < 0x80 && c != '"' && c != '\\';
}

static const char *
short_escape(uint32_t c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/* Writes the character that s begins with; its length. */
static size_t
write_special(struct buf *b, struct str s)
{
	uint32_t c;
	size_t n = utf8_next(s, &c);
	const char *escape = n > 0 ? short_escape(c) : "\\ufffd";

	if (escape)
		buf_z(b, escape);
	else if (c < 0x20 || c == 0x2028 || c == 0x2029)
		buf_printf(b, "\\u%04x", c);
	else
		buf_add(b, s.p, n);
	return n > 0 ? n : 1;
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define EACH_TOP (EACH_BYTE << 7)

/* plain() of eight bytes. The subtractions may borrow into a byte behind one that is not plain. */
static bool
all_plain(uint64_t eight)
{
	uint64_t quotes = eight ^ EACH_BYTE * '"', slashes = eight ^ EACH_BYTE * '\\';

	return ((eight | (eight - EACH_BYTE * 0x20) | (quotes - EACH_BYTE) |
		 (slashes - EACH_BYTE)) &
		EACH_TOP) == 0;
}

static size_t
plain_run(struct str s)
{
	uint64_t eight;
	size_t n = 0;

	for (; n + sizeof(eight) <= s.n; n += sizeof(eight)) {
		memcpy(&eight, s.p + n, sizeof(eight));
		if (!all_plain(eight))
			break;
	}
	while (n < s.n && plain(s.p[n]))
		n++;
	return n;
}

/* A value, or a name with what is before and behind it: all at once, since there are many. */
static void
write_plain(struct json_out *w, struct str s, bool is_name)
{
	char *at = buf_more(w->b, s.n + 2 + w->comma + is_name);

	if (at) {
		if (w->comma)
			*at++ = ',';
		*at++ = '"';
		at = mempcpy(at, s.p, s.n);
		*at++ = '"';
		if (is_name)
			*at = ':';
	}
	w->comma = !is_name;
}

static void
write_text(struct json_out *w, struct str s, bool is_name)
{
	size_t run = plain_run(s);

	if (run == s.n) {
		write_plain(w, s, is_name);
		return;
	}
	separate(w);
	buf_char(w->b, '"');
	for (; s.n > 0; run = plain_run(s)) {
		buf_add(w->b, s.p, run);
		s = str_from(s, run);
		if (s.n > 0)
			s = str_from(s, write_special(w->b, s));
	}
	buf_str(w->b, is_name ? S("\":") : S("\""));
	w->comma = !is_name;
}

void
json_open(struct json_out *w)
{
	separate(w);
	buf_char(w->b, '{');
	w->comma = false;
}

void
json_close(struct json_out *w)
{
	buf_char(w->b, '}');
	w->comma = true;
}

void
json_open_list(struct json_out *w)
{
	separate(w);
	buf_char(w->b, '[');
	w->comma = false;
}

void
json_close_list(struct json_out *w)
{
	buf_char(w->b, ']');
	w->comma = true;
}

void
json_key(struct json_out *w, const char *name)
{
	write_plain(w, str_of(name), true);
}

void
json_key_str(struct json_out *w, struct str name)
{
	write_text(w, name, true);
}

void
json_str(struct json_out *w, struct str s)
{
	if (str_absent(s)) {
		json_null(w);
		return;
	}
	write_text(w, s, false);
}

void
json_z(struct json_out *w, const char *text)
{
	json_str(w, str_of(text));
}

void
json_pair(struct json_out *w, const char *name, const char *text)
{
	json_key(w, name);
	json_z(w, text);
}

void
json_pair_str(struct json_out *w, const char *name, struct str s)
{
	json_key(w, name);
	json_str(w, s);
}

void
json_pair_uuid(struct json_out *w, const char *name, const struct uuid *id)
{
	json_key(w, name);
	json_uuid(w, id);
}

void
json_pair_time(struct json_out *w, const char *name, int64_t us)
{
	json_key(w, name);
	json_time(w, us);
}

void
json_int(struct json_out *w, int64_t v)
{
	separate(w);
	buf_int(w->b, v);
}

void
json_double(struct json_out *w, double v)
{
	char text[32];

	if (!isfinite(v)) {
		json_null(w);
		return;
	}
	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	separate(w);
	buf_z(w->b, text);
}

void
json_bool(struct json_out *w, bool v)
{
	separate(w);
	buf_z(w->b, v ? "true" : "false");
}

void
json_null(struct json_out *w)
{
	separate(w);
	buf_z(w->b, "null");
}

void
json_uuid(struct json_out *w, const struct uuid *id)
{
	char text[UUID_ROOM];

	uuid_format(text, id);
	write_plain(w, (struct str){text, UUID_TEXT}, false);
}

void
json_time(struct json_out *w, int64_t us)
{
	char text[RFC3339_ROOM];

	time_format(text, us);
	write_plain(w, (struct str){text, sizeof(text) - 1}, false);
}

void
json_raw(struct json_out *w, struct str json)
{
	separate(w);
	buf_str(w->b, json);
}
