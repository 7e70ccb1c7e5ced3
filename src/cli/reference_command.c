/* The generated pages of docs/, for ./dev docs and the check that they are current. */
#include "api/reference.h"
#include "cli/command.h"

int
cmd_reference(struct invocation *in)
{
	struct options o = options_of(in);
	const char *name = option_rest(&o);

	if (!options_done(&o, in->err))
		return 2;
	if (!name) {
		reference_names(in->out);
		return 0;
	}
	if (reference_write(str_of(name), in->out) == OK)
		return 0;
	buf_printf(in->err, "there is no page \"%s\"; aldgate reference lists them\n", name);
	return 2;
}
