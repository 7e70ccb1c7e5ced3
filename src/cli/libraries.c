/* The lower floors hide their libraries' headers, so each tells its own version here by its public
 * name. */
#include "cli/libraries.h"

#include "crypto/crypto_versions.h"
#include "server/http_versions.h"
#include "store/store_versions.h"

void
libraries_print(struct buf *out)
{
	crypto_versions(out);
	store_versions(out);
	http_versions(out);
}
