/*
 * The profile. Nothing but names and phone can be written here: role, proofs and status have no
 * member to be written by.
 */
#include "domain/account.h"

#include "base/clock.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/phone.h"
#include "domain/step_up.h"
#include "store/store.h"

enum err
me(struct ctx *cx, const struct nothing *in, struct user *out)
{
	*out = cx->caller->user;
	return OK;
}

static bool
changes(bool set, struct str was, struct str wanted)
{
	return set && (str_absent(was) != str_absent(wanted) || !str_eq(was, wanted));
}

struct change {
	const struct profile_in *in;
	struct user user;
	bool proven; /* the owner was there: the phone may change */
};

static enum err
change(struct ctx *cx, void *arg)
{
	struct change *c = arg;
	struct user *u = &c->user, was;
	int64_t now = clock_now();
	bool phone;
	enum err e;

	TRY(caller_hold(cx, u));
	phone = changes(c->in->phone_set, u->phone, c->in->phone);
	was = *u;
	if (phone && !c->proven)
		return ERR_REAUTHENTICATION;
	if (phone) {
		TRY(phone_may_change(cx, &u->id));
		TRY(message_budget_take(cx, "phone_account", account_budget(&u->id), now));
	}
	if (c->in->full_name_set)
		u->full_name = c->in->full_name;
	if (c->in->username_set) {
		u->username = c->in->username;
		u->username_key =
			str_absent(u->username) ? STR_NONE : str_lower(cx->arena, u->username);
	}
	if (phone) {
		u->phone = c->in->phone;
		u->is_phone_verified = false;
	}
	u->updated_at = now;
	e = user_set_profile(cx, u);
	if (e == ERR_TAKEN)
		(void)fail_field(cx, "username", "This username is taken.");
	TRY(e);
	if (!phone)
		return OK;
	TRY(phone_changed(cx, &was, u, now));
	return audit_note(cx, "phone_changed", &u->id, NULL, now);
}

enum err
profile_change(struct ctx *cx, const struct profile_in *in, struct user *out)
{
	struct change c = {.in = in};

	c.proven = changes(in->phone_set, cx->caller->user.phone, in->phone);
	if (c.proven)
		TRY(step_up_either(cx, in->password));
	TRY(store_write(cx, change, &c));
	*out = c.user;
	return OK;
}
