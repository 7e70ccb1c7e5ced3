/* The schema from the terminal. */
#include "base/config.h"
#include "cli/command.h"
#include "server/app.h"

static int
status(struct invocation *in, struct app *app)
{
	int have, want;
	enum err e = store_version(&app->cx, &have, &want);

	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "schema version %d; this program knows %d: %s\n", have, want,
		   have == want ? "up to date" : "to be migrated");
	return have == want ? 0 : 1;
}

int
cmd_migrate(struct invocation *in)
{
	struct options o = options_of(in);
	bool only_status = option_flag(&o, "--status");
	struct app app;
	int code;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	e = app_open(&app, in->cx->config, only_status ? STORE_ANY_VERSION : STORE_MIGRATE,
		     in->err);
	if (e != OK) {
		buf_char(in->err, '\n');
		return 1;
	}
	code = status(in, &app);
	store_thread_end(app.cx.store);
	app_close(&app);
	return code;
}
