/*
 * The form of the configuration file: [section], name = value, comments on lines of their own that
 * begin with # or ;. A value runs to the end of its line without the spaces around it; "…" keeps
 * them.
 */
#ifndef BASE_INI_H
#define BASE_INI_H

#include "base/buf.h"
#include "base/err.h"

struct ini_entry {
	struct str section, name, value; /* views into the text */
	int line;                        /* from 1 */
};

/* Called for each entry; a result other than OK stops the reading and is returned. */
typedef enum err (*ini_fn)(const struct ini_entry *entry, void *arg);

/* ERR_INVALID on the first line that is none of the forms; *line tells which. */
MUST_CHECK enum err ini_read(struct str text, ini_fn each, void *arg, int *line);

#endif
