/*
 * An e-mail or username is taken exactly when its row is there; the transaction decides, so of many
 * sign-ups at once one wins. Where existing accounts are hidden, the taken address costs the same
 * hash, gets the same answer, and its owner a mail.
 */
#include "domain/signup.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/hasher.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/mails.h"
#include "domain/policy.h"
#include "domain/verify.h"
#include "store/store.h"
#include "store/undo_link.h"

static struct user
user_plan(struct ctx *cx, struct str email, struct str username, int64_t now)
{
	struct user u = {
		.email = str_trim(email),
		.username = username,
		.kyc_status = S("none"),
		.created_at = now,
		.updated_at = now,
	};

	u.email_key = str_lower(cx->arena, u.email);
	if (!str_absent(username))
		u.username_key = str_lower(cx->arena, username);
	return u;
}

static enum err
look_up(enum err e, bool *taken)
{
	*taken = e == OK;
	return err_map(e, ERR_NOT_FOUND, OK);
}

/* ERR_TAKEN naming what is taken. A hidden address is not named: *hidden tells that it is taken. */
static enum err
names_free(struct ctx *cx, const struct user *u, bool hide, bool *hidden)
{
	bool email, username = false;
	struct user other;

	TRY(look_up(user_by_email(cx, u->email_key, &other), &email));
	if (!email)
		TRY(undo_holds(cx, u->email_key, NULL, clock_now(), &email));
	if (!str_absent(u->username_key))
		TRY(look_up(user_by_username(cx, u->username_key, &other), &username));
	*hidden = hide && email;
	if (email && !hide)
		(void)fail_field(cx, "email", "This address is taken.");
	if (username)
		(void)fail_field(cx, "username", "This username is taken.");
	return (email && !hide) || username ? ERR_TAKEN : OK;
}

struct creation {
	struct user *user;
	const struct session *session; /* NULL: none */
	bool hide;                     /* nobody is told that the address is taken */
};

/* The address is taken and hidden: its owner hears of it, as often as the budget of messages
 * allows. One that an undo link holds has no owner at this moment. */
static enum err
tell_owner(struct ctx *cx, const struct user *wanted, int64_t now)
{
	struct user owner;
	enum err e = user_by_email(cx, wanted->email_key, &owner);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, "verification", wanted->email_key, now));
	return e == OK ? mail_account_exists(cx, &owner, now) : OK;
}

static enum err
create(struct ctx *cx, void *arg)
{
	const struct creation *c = arg;
	const struct user *u = c->user;
	int64_t now = u->created_at;
	bool hidden;
	enum err e;

	TRY(names_free(cx, u, c->hide, &hidden));
	if (hidden)
		return tell_owner(cx, u, now);
	TRY(user_insert(cx, u));
	if (c->session)
		TRY(session_store(cx, c->session, STR_NONE));
	e = message_budget_take(cx, "verification", u->email_key, now);
	if (e != OK && (c->hide || e != ERR_THROTTLED))
		return e;
	TRY(verification_send(cx, u, now));
	return audit_note(cx, "user_created", &u->id, NULL, now);
}

/* Everything that can be refused without a hash is refused first, and fields are told together. */
static enum err
check(struct ctx *cx, const struct signup_in *in, struct user *u)
{
	enum err role = role_for_signup(cx, in->role, &u->role);
	enum err password = policy_password_of(cx, "password", u, in->password);
	bool hidden;

	TRY(role);
	TRY(password);
	return names_free(cx, u, cx->config->privacy_hide_existing_accounts, &hidden);
}

enum err
signup(struct ctx *cx, const struct signup_in *in, struct sign_in *out)
{
	int64_t now = clock_now();
	struct user u = user_plan(cx, in->email, in->username, now);
	struct creation c = {.user = &u, .hide = cx->config->privacy_hide_existing_accounts};
	struct sign_in done = {.quiet = c.hide};
	struct session s;

	u.phone = in->phone;
	u.full_name = in->full_name;
	TRY(check(cx, in, &u));
	TRY(password_hash(cx, in->password, &u.password));
	TRY(uuid_new(&u.id));
	if (cx->config->signup_issue_tokens && !c.hide) {
		TRY(session_plan(cx, &u, in->device_id, S("pwd"), now, &s));
		TRY(tokens_make(cx, &s, &u, now, &done.tokens));
		c.session = &s;
		done.has_tokens = true;
	}
	TRY(store_write(cx, create, &c));
	done.user = u;
	*out = done;
	return OK;
}

static enum err
create_directly(struct ctx *cx, void *arg)
{
	const struct user *u = arg;
	bool hidden;

	TRY(names_free(cx, u, false, &hidden));
	TRY(user_insert(cx, u));
	return audit_note(cx, "user_created", &u->id, NULL, u->created_at);
}

enum err
user_create(struct ctx *cx, const struct user_create_in *in, struct user *out)
{
	struct user u = user_plan(cx, in->email, in->username, clock_now());
	const char *wrong = check_email(u.email);

	if (wrong)
		(void)fail_field(cx, "email", wrong);
	if (!str_absent(in->username) && (wrong = check_username(in->username)))
		(void)fail_field(cx, "username", wrong);
	if (!str_absent(in->full_name) && (wrong = check_full_name(in->full_name)))
		(void)fail_field(cx, "full_name", wrong);
	u.role =
		str_absent(in->role) ? cx->config->role_default_effective : role_find(cx, in->role);
	if (str_absent(u.role))
		(void)fail_field(cx, "role", "There is no such role.");
	u.full_name = in->full_name;
	u.is_email_verified = in->verified;
	if (cx->fault.fields)
		return ERR_INVALID;
	TRY(policy_password_of(cx, "password", &u, in->password));
	TRY(password_hash(cx, in->password, &u.password));
	TRY(uuid_new(&u.id));
	TRY(store_write(cx, create_directly, &u));
	*out = u;
	return OK;
}
