/* Which libraries this program runs with. */
#ifndef CLI_LIBRARIES_H
#define CLI_LIBRARIES_H

#include "base/buf.h"

void libraries_print(struct buf *out);

#endif
