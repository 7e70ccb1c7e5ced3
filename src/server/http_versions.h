/* The versions of the libraries that this floor runs with, a line each. */
#ifndef SERVER_HTTP_VERSIONS_H
#define SERVER_HTTP_VERSIONS_H

#include "base/buf.h"

void http_versions(struct buf *out);

#endif
