/*
 * Text by pointer and length: comparing, cutting and copying without ever looking for a NUL. Only
 * ASCII letters have a case here; what a locale thinks never matters.
 */
#include "base/str.h"

#include "base/arena.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

bool
str_eq(struct str a, struct str b)
{
	if (!a.p || !b.p)
		return a.p == b.p;
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (!a.p || !b.p)
		return a.p == b.p;
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.p && s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.p && s.n >= suffix.n &&
	       (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

ptrdiff_t
str_find(struct str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

bool
str_has(struct str s, struct str needle)
{
	if (!s.p)
		return false;
	return needle.n == 0 || (s.n > 0 && memmem(s.p, s.n, needle.p, needle.n) != NULL);
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = (struct str){s.p + 1, s.n - 1};
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

struct str
str_from(struct str s, size_t start)
{
	if (!s.p)
		return s;
	if (start > s.n)
		start = s.n;
	return (struct str){s.p + start, s.n - start};
}

bool
str_cut(struct str *rest, char sep, struct str *piece)
{
	ptrdiff_t at;

	if (!rest->p)
		return false;
	at = str_find(*rest, sep);
	if (at < 0) {
		*piece = *rest;
		*rest = STR_NONE;
		return true;
	}
	*piece = (struct str){rest->p, (size_t)at};
	*rest = str_from(*rest, (size_t)at + 1);
	return true;
}

bool
str_int(struct str s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t v = 0;

	if (negative)
		s = str_from(s, 1);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, negative ? -digit : digit, &v))
			return false;
	}
	*out = v;
	return true;
}

struct str
str_copy(struct arena *a, struct str s)
{
	if (!s.p)
		return s;
	return (struct str){str_z(a, s), s.n};
}

struct str
str_lower(struct arena *a, struct str s)
{
	char *p;

	if (!s.p)
		return s;
	p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = lower(s.p[i]);
	return (struct str){p, s.n};
}

struct str
str_upper(struct arena *a, struct str s)
{
	char *p;

	if (!s.p)
		return s;
	p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = upper(s.p[i]);
	return (struct str){p, s.n};
}

const char *
str_z(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

struct str
str_print(struct arena *a, const char *format, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		die("a format that can't be printed: %s", format);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return (struct str){p, (size_t)n};
}

bool
secret_eq(struct secret a, struct secret b)
{
	volatile unsigned char different = 0;

	if (!a.p || !b.p || a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		different |= (unsigned char)(a.p[i] ^ b.p[i]);
	return different == 0;
}

void
wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}
