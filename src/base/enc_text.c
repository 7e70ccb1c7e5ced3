/* Text inside other text: addresses, forms and pages. */
#include "base/enc.h"

static bool
unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
percent_encode(struct buf *out, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (unreserved(s.p[i]))
			buf_char(out, s.p[i]);
		else
			buf_add(out, escape, 3);
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
percent_decode(struct buf *out, struct str s, bool form)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '+' && form) {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return false;
		buf_char(out, c);
	}
	return true;
}

void
html_escape(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_z(out, "&amp;");
			break;
		case '<':
			buf_z(out, "&lt;");
			break;
		case '>':
			buf_z(out, "&gt;");
			break;
		case '"':
			buf_z(out, "&quot;");
			break;
		case '\'':
			buf_z(out, "&#39;");
			break;
		default:
			buf_char(out, s.p[i]);
		}
	}
}

static bool
form_decode(struct arena *a, struct str s, struct str *out)
{
	struct buf b;

	buf_init_arena(&b, a, s.n);
	if (!percent_decode(&b, s, true))
		return false;
	*out = buf_view(&b);
	return true;
}

bool
form_value(struct arena *a, struct str form, struct str name, struct str *out)
{
	struct str pair, found = STR_NONE;

	while (str_cut(&form, '&', &pair)) {
		struct str key = STR_NONE;

		if (!str_cut(&pair, '=', &key) || !form_decode(a, key, &key))
			return false;
		if (!str_eq(key, name))
			continue;
		if (!str_absent(found) || !form_decode(a, str_absent(pair) ? S("") : pair, &found))
			return false;
	}
	*out = found;
	return true;
}
