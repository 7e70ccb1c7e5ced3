/* The versions of the libraries that this floor runs with, a line each. */
#ifndef STORE_STORE_VERSIONS_H
#define STORE_STORE_VERSIONS_H

#include "base/buf.h"

void store_versions(struct buf *out);

#endif
