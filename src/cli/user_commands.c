/* The accounts from the terminal: the same use cases as over HTTP, without an address or a session
 * behind them. */
#include "base/clock.h"
#include "base/json_write.h"
#include "cli/user_argument.h"
#include "domain/signup.h"
#include "domain/standing.h"

int
cmd_user_create(struct invocation *in)
{
	struct options o = options_of(in);
	struct user_create_in create = {
		.email = str_of(option_value(&o, "--email")),
		.username = str_of(option_value(&o, "--username")),
		.full_name = str_of(option_value(&o, "--full-name")),
		.role = str_of(option_value(&o, "--role")),
		.verified = option_flag(&o, "--verified"),
		.password = secret_of(in->input),
	};
	struct user u;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	if (str_absent(create.email)) {
		buf_z(in->err, "--email is needed\n");
		return 2;
	}
	if (!create.password.n) {
		buf_z(in->err, "a password is needed: type it, or give it on standard input\n");
		return 2;
	}
	e = user_create(in->cx, &create, &u);
	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "%.*s\n", STR_ARG(uuid_text(in->cx->arena, &u.id)));
	return 0;
}

static void
show(struct invocation *in, const struct user *u)
{
	command_line(in, "id", uuid_text(in->cx->arena, &u->id));
	command_line(in, "email", u->email);
	command_line(in, "email verified", u->is_email_verified ? S("yes") : S("no"));
	command_line(in, "username", u->username);
	command_line(in, "phone", u->phone);
	command_line(in, "phone verified", u->is_phone_verified ? S("yes") : S("no"));
	command_line(in, "full name", u->full_name);
	command_line(in, "role", u->role);
	command_line(in, "kyc", u->kyc_status);
	command_line(in, "second factor", u->mfa_enabled ? S("on") : S("off"));
	command_line(in, "status", standing_text(u, clock_now()));
	command_line(in, "created", command_time(in->cx, u->created_at));
	command_line(in, "last login", command_time(in->cx, u->last_login_at));
}

int
cmd_user_show(struct invocation *in)
{
	struct options o = options_of(in);
	const char *who = option_rest(&o);
	struct user u;

	if (!who || !options_done(&o, in->err))
		return command_usage(in, "user show USER");
	if (!user_argument(in, who, &u))
		return 1;
	show(in, &u);
	return 0;
}

static void
list_line(struct ctx *cx, const struct user *u, void *arg)
{
	struct invocation *in = arg;

	buf_printf(in->out, "%.*s  %-32.*s  %-12.*s  %-7.*s  %s\n",
		   STR_ARG(uuid_text(cx->arena, &u->id)), STR_ARG(u->email), STR_ARG(u->role),
		   STR_ARG(standing_text(u, clock_now())),
		   u->is_email_verified ? "verified" : "unverified");
}

static void
list_json(struct ctx *cx, const struct user *u, void *arg)
{
	struct invocation *in = arg;
	struct json_out w = json_to(in->out);

	json_open(&w);
	json_pair_uuid(&w, "id", &u->id);
	json_pair_str(&w, "email", u->email);
	json_pair_str(&w, "username", u->username);
	json_pair_str(&w, "role", u->role);
	json_pair_str(&w, "status", standing_text(u, clock_now()));
	json_key(&w, "is_email_verified");
	json_bool(&w, u->is_email_verified);
	json_pair_time(&w, "created_at", u->created_at);
	json_close(&w);
	buf_char(in->out, '\n');
}

int
cmd_user_list(struct invocation *in)
{
	struct options o = options_of(in);
	const char *limit_text = option_value(&o, "--limit"),
		   *after_text = option_value(&o, "--after");
	user_fn each = option_flag(&o, "--json") ? list_json : list_line;
	const struct uuid *after;
	struct uuid id;
	int64_t limit;
	enum err e;

	if (!options_done(&o, in->err) ||
	    !option_page(in, limit_text, after_text, "an account's", &limit, &id, &after))
		return 2;
	e = user_list(in->cx, after, limit, each, in);
	return e == OK ? 0 : command_failed(in, e);
}
