/* As the library tells it at run time, not as it was when this was built. */
#include "store/store_versions.h"

#include <sqlite3.h>

void
store_versions(struct buf *out)
{
	buf_printf(out, "  SQLite %s\n", sqlite3_libversion());
}
