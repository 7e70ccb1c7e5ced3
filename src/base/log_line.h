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

void line_add(struct log_line *l, struct str s);
void line_int(struct log_line *l, int64_t v);
/* Escaped, and in quotes where the format wants them; what is past 1 KiB is cut. */
void line_value(struct log_line *l, struct str s);
/* " name=" or ",\"name\":". */
void line_name(struct log_line *l, const char *name);

#endif
