/* A surface as a Postman collection. */
#include "api/postman.h"
#include "cli/command.h"

int
cmd_postman(struct invocation *in)
{
	struct options o = options_of(in);
	const char *surface = option_rest(&o);

	if (!options_done(&o, in->err))
		return 2;
	if (!surface)
		surface = "v1";
	if (postman_write(in->cx->config, str_of(surface), in->out) != OK) {
		buf_printf(in->err, "there is no collection of the surface \"%s\"\n", surface);
		return 1;
	}
	buf_char(in->out, '\n');
	return 0;
}
