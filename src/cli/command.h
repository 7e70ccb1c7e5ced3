/*
 * The program's commands, as a table: words, usage, what must be open before they run. A command
 * that works on the store runs here when the store is free, and else inside the server that has it
 * open (control.h); it can't tell the difference, since it reads its input and writes its output
 * through this struct only.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/uuid.h"

enum command_needs {
	NEEDS_NOTHING,
	NEEDS_CONFIG,
	NEEDS_STORE, /* opened here, or by way of the server */
};

enum command_input { INPUT_NONE, INPUT_PASSWORD };

struct invocation {
	struct ctx *cx; /* config, and the store when the command needs it; an arena always */
	const char *const *args;
	size_t n;                /* behind the command's words */
	struct str input;        /* the password */
	const char *config_file; /* NULL: none; only where the command runs in its own process */
	struct buf *out, *err;
};

struct command {
	const char *words; /* "user create" */
	const char *usage; /* behind the words */
	const char *summary;
	enum command_needs needs;
	enum command_input input;
	int (*run)(struct invocation *in); /* the exit code: 0, 1 failed, 2 wrong usage */
	bool hidden;                       /* for the build: not listed by help */
};

const struct command *command_table(size_t *n);
/* The command whose words begin args; *used tells how many they were. NULL: none. */
const struct command *command_find(const char *const *args, size_t n, size_t *used);
/* control_fn: runs a store command inside the server. */
int command_run_remote(struct ctx *cx, const char *const *args, size_t n, struct str input,
		       struct buf *out, struct buf *err);

/* The value of "--name value" or "--name=value" among the arguments; NULL when it is not there.
 * Marks it as taken. */
struct options {
	const char *const *args;
	size_t n;
	uint64_t taken; /* bit by argument */
};
struct options options_of(const struct invocation *in);
const char *option_value(struct options *o, const char *name);
bool option_flag(struct options *o, const char *name);
/* The next argument that no option took; NULL at the end. */
const char *option_rest(struct options *o);
/* Whether every argument was taken; writes what was not to err. */
bool options_done(struct options *o, struct buf *err);
/*
 * What a list's --limit and --after say (NULL: not given): 1 to 1000 rows, by default 50, behind
 * the id of `whose` ("an account's"); *after then points to *id, else it is NULL. false: what is
 * wrong stands on err, and the exit code is 2.
 */
bool option_page(struct invocation *in, const char *limit_text, const char *after_text,
		 const char *whose, int64_t *limit, struct uuid *id, const struct uuid **after);
/* Writes a use case's failure to err, with its fields; returns 1. */
int command_failed(struct invocation *in, enum err e);
/* Writes how the command is used (its words and what is behind them) to err; returns 2. */
int command_usage(struct invocation *in, const char *text);
/* A line of what is shown: absent is "-". */
void command_line(struct invocation *in, const char *name, struct str value);
/* RFC 3339; 0 is "-". */
struct str command_time(struct ctx *cx, int64_t us);

int cmd_serve(struct invocation *in);
int cmd_check_config(struct invocation *in);
int cmd_migrate(struct invocation *in);
int cmd_user_create(struct invocation *in);
int cmd_user_show(struct invocation *in);
int cmd_user_list(struct invocation *in);
int cmd_user_lock(struct invocation *in);
int cmd_user_unlock(struct invocation *in);
int cmd_user_set_role(struct invocation *in);
int cmd_user_set_password(struct invocation *in);
int cmd_user_reset_2fa(struct invocation *in);
int cmd_user_delete(struct invocation *in);
int cmd_audit_verify(struct invocation *in);
int cmd_kyc_list(struct invocation *in);
int cmd_kyc_show(struct invocation *in);
int cmd_kyc_approve(struct invocation *in);
int cmd_kyc_reject(struct invocation *in);
int cmd_key_list(struct invocation *in);
int cmd_key_rotate(struct invocation *in);
int cmd_key_export_jwks(struct invocation *in);
int cmd_routes(struct invocation *in);
int cmd_errors(struct invocation *in);
int cmd_openapi(struct invocation *in);
int cmd_postman(struct invocation *in);
int cmd_reference(struct invocation *in);
int cmd_version(struct invocation *in);
int cmd_help(struct invocation *in);

#endif
