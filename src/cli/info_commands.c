/* What the program tells of itself: its configuration, routes, errors, API description, version,
 * commands. */
#include "api/openapi.h"
#include "api/route.h"
#include "base/config.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "cli/libraries.h"
#include "commit.h"

int
cmd_check_config(struct invocation *in)
{
	struct options o = options_of(in);

	if (!options_done(&o, in->err))
		return 2;
	config_print(in->cx->config, in->out);
	return 0;
}

static const char *
limit_name(const struct route *r)
{
	return r->limit == THROTTLE_NONE ? "-" : throttle_row(r->limit)->name;
}

/* Room for what any row demands. */
#define NEEDS_MAX 256

static void
route_json(struct json_out *w, const struct surface *s, const struct route *r)
{
	struct buf needs CLEANUP_BUF;

	buf_init(&needs, NEEDS_MAX);
	route_tell_needs(r, &needs);
	json_open(w);
	json_pair_str(w, "method", method_name(r->method));
	json_pair(w, "path", r->path);
	json_pair(w, "surface", s->name);
	json_pair(w, "access", access_name(r->access));
	json_pair_str(w, "needs", buf_view(&needs));
	json_pair(w, "limit", limit_name(r));
	json_pair(w, "operation", r->operation);
	json_pair(w, "file", r->file);
	json_close(w);
}

static void
route_line(struct buf *out, const struct route *r)
{
	struct buf needs CLEANUP_BUF;

	buf_init(&needs, NEEDS_MAX);
	route_tell_needs(r, &needs);
	if (needs.n == 0)
		buf_char(&needs, '-');
	buf_printf(out, "%-6.*s %-28s %-15s %-10.*s %-10s %-18s %s\n",
		   STR_ARG(method_name(r->method)), r->path, access_name(r->access),
		   STR_ARG(buf_view(&needs)), limit_name(r), r->operation, r->file);
}

int
cmd_routes(struct invocation *in)
{
	struct options o = options_of(in);
	bool json = option_flag(&o, "--json");
	struct json_out w = json_to(in->out);
	size_t n;
	const struct surface *const *all = surfaces(&n);

	if (!options_done(&o, in->err))
		return 2;
	if (json)
		json_open_list(&w);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < all[i]->n; j++) {
			if (!route_enabled(in->cx->config, all[i], &all[i]->routes[j]))
				continue;
			if (json)
				route_json(&w, all[i], &all[i]->routes[j]);
			else
				route_line(in->out, &all[i]->routes[j]);
		}
	}
	if (json) {
		json_close_list(&w);
		buf_char(in->out, '\n');
	}
	return 0;
}

int
cmd_errors(struct invocation *in)
{
	struct options o = options_of(in);
	bool json = option_flag(&o, "--json");
	struct json_out w = json_to(in->out);

	if (!options_done(&o, in->err))
		return 2;
	if (json)
		json_open_list(&w);
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		const struct err_row *row = err_row((enum err)e);
		if (!json) {
			buf_printf(in->out, "%d  %-26s %s\n", row->status, row->code,
				   row->sentence);
			continue;
		}
		json_open(&w);
		json_key(&w, "status");
		json_int(&w, row->status);
		json_pair(&w, "code", row->code);
		json_pair(&w, "detail", row->sentence);
		json_close(&w);
	}
	if (json) {
		json_close_list(&w);
		buf_char(in->out, '\n');
	}
	return 0;
}

int
cmd_openapi(struct invocation *in)
{
	struct options o = options_of(in);

	if (!options_done(&o, in->err))
		return 2;
	openapi_write(in->cx->config, in->out);
	buf_char(in->out, '\n');
	return 0;
}

int
cmd_version(struct invocation *in)
{
	struct options o = options_of(in);

	if (!options_done(&o, in->err))
		return 2;
	buf_printf(in->out, "aldgate %s (%s)\n", ALDGATE_VERSION, ALDGATE_COMMIT);
	libraries_print(in->out);
	return 0;
}

static void
help_rows(struct invocation *in, struct str group)
{
	size_t n;
	const struct command *table = command_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!table[i].hidden && str_starts(str_of(table[i].words), group))
			buf_printf(in->out, "  %-17s %s\n", table[i].words, table[i].summary);
}

static int
help_all(struct invocation *in)
{
	buf_z(in->out,
	      "aldgate: accounts and authentication\n\nusage: aldgate [--config FILE] COMMAND "
	      "[ARGUMENTS]\n\n");
	help_rows(in, S(""));
	buf_z(in->out,
	      "\n\"aldgate help COMMAND\" or \"aldgate COMMAND --help\" tells more. Without a "
	      "configuration,\n\"aldgate serve\" runs on 127.0.0.1:8080 with its data in "
	      "./aldgate-data.\n");
	return 0;
}

int
cmd_help(struct invocation *in)
{
	size_t used, before = in->out->n;
	const struct command *c = in->n ? command_find(in->args, in->n, &used) : NULL;

	if (!in->n)
		return help_all(in);
	if (c) {
		buf_printf(in->out, "usage: aldgate [--config FILE] %s %s\n\n%s\n", c->words,
			   c->usage, c->summary);
		return 0;
	}
	help_rows(in, str_print(in->cx->arena, "%s ", in->args[0]));
	if (in->out->n > before)
		return 0;
	buf_printf(in->err, "there is no command \"%s\"; see aldgate help\n", in->args[0]);
	return 2;
}
