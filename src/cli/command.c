/* The table of commands, and the small helpers that they share. */
#include "cli/command.h"

#include "base/clock.h"

#define LIST_DEFAULT 50
#define LIST_MOST 1000

static const struct command table[] = {
	{"serve", "[--no-migrate]", "run the server", NEEDS_CONFIG, INPUT_NONE, cmd_serve},
	{"check-config", "", "read the configuration and print what is in force, secrets masked",
	 NEEDS_CONFIG, INPUT_NONE, cmd_check_config},
	{"migrate", "[--status]", "bring the store's schema up to date, or tell its version",
	 NEEDS_CONFIG, INPUT_NONE, cmd_migrate},
	{"user create", "--email E [--username U] [--full-name N] [--role R] [--verified]",
	 "make an account; the password is read from the terminal or standard input", NEEDS_STORE,
	 INPUT_PASSWORD, cmd_user_create},
	{"user show", "USER", "show an account (by id, e-mail, username or phone)", NEEDS_STORE,
	 INPUT_NONE, cmd_user_show},
	{"user list", "[--limit N] [--after ID] [--json]", "list accounts, oldest first",
	 NEEDS_STORE, INPUT_NONE, cmd_user_list},
	{"user lock", "USER --reason R [--until T]",
	 "lock an account, until a time or until it is unlocked; ends its sessions", NEEDS_STORE,
	 INPUT_NONE, cmd_user_lock},
	{"user unlock", "USER [--reason R]", "unlock an account, and forget its failed sign-ins",
	 NEEDS_STORE, INPUT_NONE, cmd_user_unlock},
	{"user set-role", "USER ROLE [--reason R]", "give an account another role", NEEDS_STORE,
	 INPUT_NONE, cmd_user_set_role},
	{"user set-password", "USER",
	 "give an account a new password, read from the terminal or standard input; ends its "
	 "sessions",
	 NEEDS_STORE, INPUT_PASSWORD, cmd_user_set_password},
	{"user reset-2fa", "USER [--reason R]",
	 "take an account's second factors and recovery codes away", NEEDS_STORE, INPUT_NONE,
	 cmd_user_reset_2fa},
	{"user delete", "USER [--now]",
	 "close an account; it is erased after account.erase_after, or now when nothing can be "
	 "undone any more",
	 NEEDS_STORE, INPUT_NONE, cmd_user_delete},
	{"kyc list", "[--status S] [--limit N] [--after ID] [--json]",
	 "list applications for an identity check, oldest first", NEEDS_STORE, INPUT_NONE,
	 cmd_kyc_list},
	{"kyc show", "APPLICATION|USER", "show an application, or the newest of an account",
	 NEEDS_STORE, INPUT_NONE, cmd_kyc_show},
	{"kyc approve", "APPLICATION|USER [--reason R]", "approve an application that waits",
	 NEEDS_STORE, INPUT_NONE, cmd_kyc_approve},
	{"kyc reject", "APPLICATION|USER --reason R",
	 "reject an application that waits; the applicant is told the reason", NEEDS_STORE,
	 INPUT_NONE, cmd_kyc_reject},
	{"audit verify", "", "check the chain of audit events, and name the first bad one",
	 NEEDS_STORE, INPUT_NONE, cmd_audit_verify},
	{"key list", "[--json]", "list the signing keys, oldest first", NEEDS_STORE, INPUT_NONE,
	 cmd_key_list},
	{"key rotate", "",
	 "make a new signing key, which signs from two minutes on; the old ones expire",
	 NEEDS_STORE, INPUT_NONE, cmd_key_rotate},
	{"key export-jwks", "", "print the public keys as a JWK Set", NEEDS_STORE, INPUT_NONE,
	 cmd_key_export_jwks},
	{"routes", "[--json]", "list every route: access, limit, operation, file", NEEDS_CONFIG,
	 INPUT_NONE, cmd_routes},
	{"errors", "[--json]", "list every error code", NEEDS_NOTHING, INPUT_NONE, cmd_errors},
	{"openapi", "", "print the OpenAPI 3.1 document", NEEDS_CONFIG, INPUT_NONE, cmd_openapi},
	{"postman", "[SURFACE]",
	 "print a Postman collection: of v1, api or auth; v1 if none is named", NEEDS_CONFIG,
	 INPUT_NONE, cmd_postman},
	{"reference", "[NAME]", "print a generated page of docs/, or list their names",
	 NEEDS_NOTHING, INPUT_NONE, cmd_reference, .hidden = true},
	{"version", "", "print the version, and those of its libraries", NEEDS_NOTHING, INPUT_NONE,
	 cmd_version},
	{"help", "[COMMAND]", "list the commands, or explain one", NEEDS_NOTHING, INPUT_NONE,
	 cmd_help},
};

const struct command *
command_table(size_t *n)
{
	*n = ARRAY_LEN(table);
	return table;
}

/* How many of args the words are; 0 when they differ. */
static size_t
words_match(struct str words, const char *const *args, size_t n)
{
	struct str word;
	size_t i = 0;

	while (str_cut(&words, ' ', &word)) {
		if (i == n || !str_eq(word, str_of(args[i])))
			return 0;
		i++;
	}
	return i;
}

const struct command *
command_find(const char *const *args, size_t n, size_t *used)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		*used = words_match(str_of(table[i].words), args, n);
		if (*used)
			return &table[i];
	}
	return NULL;
}

int
command_run_remote(struct ctx *cx, const char *const *args, size_t n, struct str input,
		   struct buf *out, struct buf *err)
{
	size_t used;
	const struct command *c = command_find(args, n, &used);
	struct invocation in = {.cx = cx, .input = input, .out = out, .err = err};

	if (!c || c->needs != NEEDS_STORE) {
		buf_z(err, "the running server does not know this command\n");
		return 2;
	}
	in.args = args + used;
	in.n = n - used;
	return c->run(&in);
}

struct options
options_of(const struct invocation *in)
{
	return (struct options){.args = in->args, .n = in->n < 64 ? in->n : 64};
}

const char *
option_value(struct options *o, const char *name)
{
	struct str want = str_of(name);

	for (size_t i = 0; i < o->n; i++) {
		struct str arg = str_of(o->args[i]);
		if (str_eq(arg, want) && i + 1 < o->n) {
			o->taken |= UINT64_C(3) << i;
			return o->args[i + 1];
		}
		if (str_starts(arg, want) && arg.n > want.n && arg.p[want.n] == '=') {
			o->taken |= UINT64_C(1) << i;
			return o->args[i] + want.n + 1;
		}
	}
	return NULL;
}

bool
option_flag(struct options *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++) {
		if (!str_eq(str_of(o->args[i]), str_of(name)))
			continue;
		o->taken |= UINT64_C(1) << i;
		return true;
	}
	return false;
}

const char *
option_rest(struct options *o)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->taken & UINT64_C(1) << i || str_starts(str_of(o->args[i]), S("--")))
			continue;
		o->taken |= UINT64_C(1) << i;
		return o->args[i];
	}
	return NULL;
}

bool
options_done(struct options *o, struct buf *err)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->taken & UINT64_C(1) << i)
			continue;
		buf_printf(err, "don't know what to do with \"%s\"\n", o->args[i]);
		return false;
	}
	return true;
}

bool
option_page(struct invocation *in, const char *limit_text, const char *after_text,
	    const char *whose, int64_t *limit, struct uuid *id, const struct uuid **after)
{
	*limit = LIST_DEFAULT;
	if (limit_text &&
	    (!str_int(str_of(limit_text), limit) || *limit < 1 || *limit > LIST_MOST)) {
		buf_printf(in->err, "--limit takes a number from 1 to %d\n", LIST_MOST);
		return false;
	}
	if (after_text && !uuid_parse(str_of(after_text), id)) {
		buf_printf(in->err, "--after takes %s id\n", whose);
		return false;
	}
	*after = after_text ? id : NULL;
	return true;
}

int
command_usage(struct invocation *in, const char *text)
{
	buf_printf(in->err, "usage: aldgate %s\n", text);
	return 2;
}

void
command_line(struct invocation *in, const char *name, struct str value)
{
	buf_printf(in->out, "%-18s %.*s\n", name, STR_ARG(str_absent(value) ? S("-") : value));
}

struct str
command_time(struct ctx *cx, int64_t us)
{
	char text[RFC3339_ROOM];

	if (!us)
		return S("-");
	time_format(text, us);
	return str_copy(cx->arena, str_of(text));
}

int
command_failed(struct invocation *in, enum err e)
{
	const struct fault *f = &in->cx->fault;

	if (!f->fields)
		buf_printf(in->err, "%.*s\n", STR_ARG(fault_sentence(f, err_row(e))));
	for (const struct field_error *field = f->fields; field; field = field->next)
		buf_printf(in->err, "%.*s: %.*s\n", STR_ARG(field->field), STR_ARG(field->message));
	return 1;
}
