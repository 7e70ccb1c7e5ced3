/* The versions of the libraries that this floor runs with, a line each ("  OpenSSL 3.0.15"). */
#ifndef CRYPTO_CRYPTO_VERSIONS_H
#define CRYPTO_CRYPTO_VERSIONS_H

#include "base/buf.h"

void crypto_versions(struct buf *out);

#endif
