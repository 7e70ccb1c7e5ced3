/*
 * The generated pages of docs/, in Markdown, from the tables that the program itself goes by. They
 * are committed, and a check fails when they lag behind: tools/check_docs.py.
 */
#ifndef API_REFERENCE_H
#define API_REFERENCE_H

#include "api/route.h"
#include "base/buf.h"

/* One name a line: "configuration", "errors", "throttles", and "api-" with each surface. */
void reference_names(struct buf *out);
/* ERR_NOT_FOUND: no page has that name. */
MUST_CHECK enum err reference_write(struct str name, struct buf *out);

/* The page of a surface, without its title. */
void reference_surface(const struct surface *s, struct buf *out);

#endif
