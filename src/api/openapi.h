/* The OpenAPI 3.1 document, made from the tables of all enabled surfaces. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "base/buf.h"
#include "base/config.h"

#define OPENAPI_MAX (2 * 1024 * 1024)

void openapi_write(const struct config *config, struct buf *out);

#endif
