/* One line of the log in the making: a fixed room, pieces that fit whole or not at all, and the two
 * escapes. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include "base/log.h"

struct log_line {
	enum log_format format;
	size_t n;
	bool full;
	char p[8192];
};

#define LINE_END 2 /* "}\n" always fits */

static inline void
line_add(struct log_line *l, struct str s)
{
	if (l->full || s.n > sizeof(l->p) - LINE_END - l->n) {
		l->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(l->p + l->n, s.p, s.n);
	l->n += s.n;
}

void line_int(struct log_line *l, int64_t v);
/* Escaped, and in quotes where the format wants them; what is past 1 KiB is cut. */
void line_value(struct log_line *l, struct str s);
/* One of our own words, or an id, which need no escape. */
void line_word(struct log_line *l, struct str s);
/* " name=" or ",\"name\":". */
void line_name(struct log_line *l, struct str name);

#endif
