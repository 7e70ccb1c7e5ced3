/* The accounts from the terminal: the same use cases as over HTTP, without an address or a session
 * behind them. */
#include "base/clock.h"
#include "base/json_write.h"
#include "cli/user_argument.h"
#include "domain/signup.h"
#include "domain/standing.h"

#define LIST_DEFAULT 50
#define LIST_MOST 1000

static struct str
given(const char *text)
{
	return text ? str_of(text) : STR_NONE;
}

int
cmd_user_create(struct invocation *in)
{
	struct options o = options_of(in);
	struct user_create_in create = {
		.email = given(option_value(&o, "--email")),
		.username = given(option_value(&o, "--username")),
		.full_name = given(option_value(&o, "--full-name")),
		.role = given(option_value(&o, "--role")),
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
line(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "%-18s %.*s\n", name, STR_ARG(str_absent(value) ? S("-") : value));
}

static struct str
when(struct ctx *cx, int64_t us)
{
	char text[RFC3339_ROOM];

	if (!us)
		return STR_NONE;
	time_format(text, us);
	return str_copy(cx->arena, str_of(text));
}

static struct str
standing_text(const struct user *u)
{
	switch (standing_of(u, clock_now())) {
	case ERR_ACCOUNT_DELETED:
		return S("deleted");
	case ERR_ACCOUNT_LOCKED:
		return S("locked");
	default:
		return S("active");
	}
}

static void
show(struct invocation *in, const struct user *u)
{
	line(in->out, "id", uuid_text(in->cx->arena, &u->id));
	line(in->out, "email", u->email);
	line(in->out, "email verified", u->is_email_verified ? S("yes") : S("no"));
	line(in->out, "username", u->username);
	line(in->out, "phone", u->phone);
	line(in->out, "phone verified", u->is_phone_verified ? S("yes") : S("no"));
	line(in->out, "full name", u->full_name);
	line(in->out, "role", u->role);
	line(in->out, "kyc", u->kyc_status);
	line(in->out, "second factor", u->mfa_enabled ? S("on") : S("off"));
	line(in->out, "status", standing_text(u));
	line(in->out, "created", when(in->cx, u->created_at));
	line(in->out, "last login", when(in->cx, u->last_login_at));
}

int
cmd_user_show(struct invocation *in)
{
	struct options o = options_of(in);
	const char *who = option_rest(&o);
	struct user u;

	if (!who || !options_done(&o, in->err)) {
		buf_z(in->err, "usage: aldgate user show USER\n");
		return 2;
	}
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
		   STR_ARG(standing_text(u)), u->is_email_verified ? "verified" : "unverified");
}

static void
list_json(struct ctx *cx, const struct user *u, void *arg)
{
	struct invocation *in = arg;
	struct json_out w = json_to(in->out);

	json_open(&w);
	json_key(&w, "id");
	json_uuid(&w, &u->id);
	json_key(&w, "email");
	json_str(&w, u->email);
	json_key(&w, "username");
	json_str(&w, u->username);
	json_key(&w, "role");
	json_str(&w, u->role);
	json_key(&w, "status");
	json_str(&w, standing_text(u));
	json_key(&w, "is_email_verified");
	json_bool(&w, u->is_email_verified);
	json_key(&w, "created_at");
	json_time(&w, u->created_at);
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
	int64_t limit = LIST_DEFAULT;
	struct uuid after;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	if (limit_text &&
	    (!str_int(str_of(limit_text), &limit) || limit < 1 || limit > LIST_MOST)) {
		buf_printf(in->err, "--limit takes a number from 1 to %d\n", LIST_MOST);
		return 2;
	}
	if (after_text && !uuid_parse(str_of(after_text), &after)) {
		buf_z(in->err, "--after takes an account's id\n");
		return 2;
	}
	e = user_list(in->cx, after_text ? &after : NULL, limit, each, in);
	return e == OK ? 0 : command_failed(in, e);
}
