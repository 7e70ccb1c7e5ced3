/* What an operator does to an account from the terminal: the use cases of domain/admin.h and
 * closing.h. */
#include "base/clock.h"
#include "cli/user_argument.h"
#include "domain/admin.h"
#include "domain/closing.h"

static int
done(struct invocation *in, enum err e, const struct user *u, const char *what)
{
	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "%.*s %s\n", STR_ARG(u->email), what);
	return 0;
}

int
cmd_user_lock(struct invocation *in)
{
	struct options o = options_of(in);
	struct admin_lock_in lock = {.reason = str_of(option_value(&o, "--reason"))};
	const char *until = option_value(&o, "--until"), *who = option_rest(&o);
	struct user u;

	if (!options_done(&o, in->err) || !who || str_absent(lock.reason))
		return command_usage(in, "user lock USER --reason R [--until T]");
	if (until && !time_parse(str_of(until), &lock.until)) {
		buf_z(in->err, "--until takes a time as in 2030-01-31T12:00:00Z (RFC 3339)\n");
		return 2;
	}
	if (!user_argument(in, who, &u))
		return 1;
	lock.user = u.id;
	return done(in, admin_lock(in->cx, &lock, &u), &u, "is locked");
}

int
cmd_user_unlock(struct invocation *in)
{
	struct options o = options_of(in);
	struct admin_unlock_in unlock = {.reason = str_of(option_value(&o, "--reason"))};
	const char *who = option_rest(&o);
	struct user u;

	if (!options_done(&o, in->err) || !who)
		return command_usage(in, "user unlock USER [--reason R]");
	if (!user_argument(in, who, &u))
		return 1;
	unlock.user = u.id;
	return done(in, admin_unlock(in->cx, &unlock, &u), &u, "is not locked");
}

int
cmd_user_set_role(struct invocation *in)
{
	struct options o = options_of(in);
	struct admin_set_role_in change = {.reason = str_of(option_value(&o, "--reason"))};
	const char *who = option_rest(&o), *role = option_rest(&o);
	struct user u;
	enum err e;

	if (!options_done(&o, in->err) || !who || !role)
		return command_usage(in, "user set-role USER ROLE [--reason R]");
	if (!user_argument(in, who, &u))
		return 1;
	change.user = u.id;
	change.role = str_of(role);
	e = admin_set_role(in->cx, &change, &u);
	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "%.*s has the role %.*s\n", STR_ARG(u.email), STR_ARG(u.role));
	return 0;
}

int
cmd_user_set_password(struct invocation *in)
{
	struct options o = options_of(in);
	struct admin_set_password_in set = {.password = secret_of(in->input)};
	const char *who = option_rest(&o);
	struct user u;

	if (!options_done(&o, in->err) || !who)
		return command_usage(in, "user set-password USER");
	if (!set.password.n) {
		buf_z(in->err, "a password is needed: type it, or give it on standard input\n");
		return 2;
	}
	if (!user_argument(in, who, &u))
		return 1;
	set.user = u.id;
	return done(in, admin_set_password(in->cx, &set, &u), &u, "has a new password");
}

int
cmd_user_reset_2fa(struct invocation *in)
{
	struct options o = options_of(in);
	struct admin_act_in act = {.reason = str_of(option_value(&o, "--reason"))};
	const char *who = option_rest(&o);
	struct nothing nothing;
	struct user u;

	if (!options_done(&o, in->err) || !who)
		return command_usage(in, "user reset-2fa USER [--reason R]");
	if (!user_argument(in, who, &u))
		return 1;
	act.user = u.id;
	return done(in, admin_reset_mfa(in->cx, &act, &nothing), &u, "has no second factor");
}

int
cmd_user_delete(struct invocation *in)
{
	struct options o = options_of(in);
	struct account_delete_in delete = {.at_once = option_flag(&o, "--now")};
	const char *who = option_rest(&o);
	struct account_deleted gone = {0};
	struct user u;
	enum err e;

	if (!options_done(&o, in->err) || !who)
		return command_usage(in, "user delete USER [--now]");
	if (!user_argument(in, who, &u))
		return 1;
	delete.user = u.id;
	e = account_delete(in->cx, &delete, &gone);
	if (e == OK && delete.at_once && !gone.erased)
		return done(in, e, &u,
			    "is closed, but not erased yet: an undo link in a mail is still good");
	return done(in, e, &u, gone.erased ? "is erased" : "is closed");
}
