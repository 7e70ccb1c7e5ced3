/* Messages on the terminal, for who develops: each is one frame in one piece. */
#ifndef NOTIFY_CONSOLE_H
#define NOTIFY_CONSOLE_H

#include "base/buf.h"

#include <stdatomic.h>

/* A line as it may stand on a terminal: control characters are shown, not sent. */
void console_escape(struct buf *out, struct str line);
/* The lines of a text, each escaped. */
void console_lines(struct buf *out, struct str text);
/* Writes it to standard output; false when that takes nothing, or *stop became true. */
bool console_print(const atomic_bool *stop, struct str text);

#endif
