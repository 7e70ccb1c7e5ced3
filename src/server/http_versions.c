/* libevent tells its version at run time; llhttp is compiled in. */
#include "server/http_versions.h"

#include <event2/event.h>
#include <llhttp.h>

void
http_versions(struct buf *out)
{
	buf_printf(out, "  libevent %s\n  llhttp %d.%d.%d\n", event_get_version(),
		   LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
}
