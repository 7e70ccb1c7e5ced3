/* As the libraries tell it at run time, not as they were when this was built. */
#include "store/store_versions.h"

#include "store/libpq.h"

#include <sqlite3.h>

void
store_versions(struct buf *out)
{
	const struct libpq *pq = libpq_open();

	buf_printf(out, "  SQLite %s\n", sqlite3_libversion());
	if (pq)
		buf_printf(out, "  libpq %d.%d\n", pq->libVersion() / 10000,
			   pq->libVersion() % 10000);
	else
		buf_z(out, "  libpq: none (needed for PostgreSQL)\n");
}
