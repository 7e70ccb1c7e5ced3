/*
 * From argv to a command: finds its row, opens what the row says it needs, runs it, prints what it
 * wrote. Nothing here knows what any command does.
 */
#include "base/config.h"
#include "cli/command.h"
#include "cli/password_prompt.h"
#include "crypto/crypto_start.h"
#include "server/control.h"

#include <unistd.h>

#define OUTPUT_MAX (4 * 1024 * 1024)
#define ARENA_MAX (64 * 1024 * 1024)

static void
print(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n <= 0)
			return;
		s = str_from(s, (size_t)n);
	}
}

/*
 * On the store: inside the server of this data folder when one runs, so that it learns of the
 * change at once (and an embedded store can be had in no other way), else here.
 */
static int
run_on_store(const struct command *c, struct invocation *in, const char *const *words,
	     size_t words_n)
{
	struct app app;
	struct buf problem CLEANUP_BUF;
	int code = 1;
	enum err e;

	if (control_call(in->cx, words, words_n, in->input, &code, in->out, in->err) == OK)
		return code;
	fault_clear(in->cx);
	buf_init(&problem, 4096);
	e = app_open(&app, in->cx->config, STORE_MIGRATE, &problem);
	if (e == ERR_TAKEN) {
		buf_z(in->err, "another process has the store open, and no server answers on its "
			       "control socket\n");
		return 1;
	}
	if (e != OK) {
		buf_str(in->err, buf_view(&problem));
		buf_char(in->err, '\n');
		return 1;
	}
	in->cx = &app.cx;
	code = c->run(in);
	store_thread_end(app.cx.store);
	app_close(&app);
	return code;
}

static int
run(const struct command *c, struct invocation *in, const char *const *args, size_t n)
{
	struct config config;
	struct buf warnings CLEANUP_BUF;
	int code;

	if (c->needs == NEEDS_NOTHING)
		return c->run(in);
	buf_init(&warnings, OUTPUT_MAX);
	if (config_read(&config, in->config_file, environ, in->err, &warnings) != OK) {
		config_release(&config);
		return 1;
	}
	print(STDERR_FILENO, buf_view(&warnings));
	in->cx->config = &config;
	if (c->input == INPUT_PASSWORD && !password_read(in->cx->arena, &in->input)) {
		buf_z(in->err, "no password could be read\n");
		code = 2;
	} else {
		code = c->needs == NEEDS_STORE ? run_on_store(c, in, args, n) : c->run(in);
	}
	config_release(&config);
	return code;
}

struct str_args {
	const char *const *v;
	size_t n;
};

/* The arguments without "--config FILE", wherever that stands; false when its file is missing. */
static bool
take_config(struct arena *a, int argc, char **argv, struct str_args *rest, const char **file)
{
	static const struct str name = {"--config=", 9};
	const char **kept = arena_array(a, const char *, (size_t)argc + 1);
	size_t n = 0;

	*file = getenv("ALDGATE_CONFIG");
	if (*file && !**file)
		*file = NULL;
	for (int i = 1; i < argc; i++) {
		if (str_starts(str_of(argv[i]), name)) {
			*file = argv[i] + name.n;
		} else if (!str_eq(str_of(argv[i]), S("--config"))) {
			kept[n++] = argv[i];
		} else if (++i < argc) {
			*file = argv[i];
		} else {
			return false;
		}
	}
	*rest = (struct str_args){kept, n};
	return true;
}

static bool
asks_for_help(const char *const *args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(args[i]), S("--help")) || str_eq(str_of(args[i]), S("-h")))
			return true;
	return false;
}

static int
dispatch(struct invocation *in, const char *const *args, size_t n)
{
	size_t used = 0;
	const struct command *c = n ? command_find(args, n, &used) : NULL;

	if (n == 0 || (!c && asks_for_help(args, n))) {
		in->args = args;
		in->n = n && !asks_for_help(args, 1);
		return cmd_help(in);
	}
	if (!c) {
		buf_printf(in->err, "there is no command \"%s\"; see aldgate help\n", args[0]);
		return 2;
	}
	if (asks_for_help(args + used, n - used)) {
		in->args = args;
		in->n = used;
		return cmd_help(in);
	}
	in->args = args + used;
	in->n = n - used;
	return run(c, in, args, n);
}

int
main(int argc, char **argv)
{
	struct str_args args;
	struct arena arena;
	struct buf out CLEANUP_BUF, err CLEANUP_BUF;
	struct ctx cx = {.arena = &arena};
	struct invocation in = {.cx = &cx, .out = &out, .err = &err};
	int code = 2;

	crypto_start();
	arena_init(&arena, ARENA_MAX);
	buf_init(&out, OUTPUT_MAX);
	buf_init(&err, OUTPUT_MAX);
	if (take_config(&arena, argc, argv, &args, &in.config_file))
		code = dispatch(&in, args.v, args.n);
	else
		buf_z(&err, "--config takes a file\n");
	print(STDOUT_FILENO, buf_view(&out));
	print(STDERR_FILENO, buf_view(&err));
	arena_release(&arena);
	return code;
}
