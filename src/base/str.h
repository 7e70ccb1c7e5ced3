/*
 * Text and secrets as pointer and length. A str borrows its bytes; whoever keeps one past the
 * call copies it (str_copy). p == NULL means "absent", which is not the same as empty.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/base.h"

struct arena;

struct str {
	const char *p;
	size_t n;
};

/* What must not be logged nor compared in variable time: passwords, tokens, codes, keys. */
struct secret {
	const char *p;
	size_t n;
};

#define S(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
#define SECRET_NONE ((struct secret){NULL, 0})
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct str_list {
	const struct str *v;
	size_t n;
};

static inline bool
str_absent(struct str s)
{
	return s.p == NULL;
}

static inline struct str
str_of(const char *text)
{
	return text ? (struct str){text, strlen(text)} : STR_NONE;
}

bool str_eq(struct str a, struct str b);
/* ASCII letters only; no other character ever matches one. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Position of the first c, or -1. */
ptrdiff_t str_find(struct str s, char c);
bool str_has(struct str s, struct str needle);
/* s without the spaces (U+0020 only) at its ends. */
struct str str_trim(struct str s);
struct str str_from(struct str s, size_t start);
/* Cuts the next piece off *rest at sep; false when *rest is used up (absent). "a,,b" has three
 * pieces. */
bool str_cut(struct str *rest, char sep, struct str *piece);
/* Decimal digits with an optional '-', nothing else; false on anything else or overflow. */
bool str_int(struct str s, int64_t *out);

struct str str_copy(struct arena *a, struct str s);
struct str str_lower(struct arena *a, struct str s); /* ASCII letters */
struct str str_upper(struct arena *a, struct str s);
const char *str_z(struct arena *a, struct str s); /* NUL-terminated copy */
struct str str_print(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* Length of the character that s begins with, which goes to *c; 0 when s is empty or begins with
 * none. */
size_t utf8_next(struct str s, uint32_t *c);
/* RFC 3629: no surrogates, no overlong forms, nothing past U+10FFFF. */
bool utf8_valid(struct str s);
/* Code points of valid UTF-8. */
size_t utf8_length(struct str s);
/* C0, DEL, C1 controls, and U+2028, U+2029, bidirectional overrides and isolates, in valid UTF-8.
 */
bool utf8_has_control(struct str s);

static inline struct secret
secret_of(struct str s)
{
	return (struct secret){s.p, s.n};
}

/* Time depends on the lengths only. Two absent secrets are never equal. */
bool secret_eq(struct secret a, struct secret b);
void wipe(void *p, size_t n);

#endif
