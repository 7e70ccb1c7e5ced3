/*
 * The code goes to the new address, so who typed it reads it. The old one hears of it when it has
 * happened, with a link that takes it back: an owner whose session was stolen has only that. The
 * challenge's destination is the address as typed, since nothing else keeps it.
 */
#include "domain/email_change.h"

#include "base/clock.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/proof.h"
#include "domain/step_up.h"
#include "domain/undo.h"
#include "store/factor.h"
#include "store/store.h"

/* ERR_TAKEN also for an address that an undo link may give back to another account. */
static enum err
check_free(struct ctx *cx, struct str email_key, const struct uuid *own, int64_t now)
{
	struct user other;
	enum err e = user_by_email(cx, email_key, &other);
	bool held = e == OK;

	TRY(err_map(e, ERR_NOT_FOUND, OK));
	if (!held)
		TRY(undo_holds(cx, email_key, own, now, &held));
	if (!held)
		return OK;
	(void)fail_field(cx, "new_email", "This address is taken.");
	return ERR_TAKEN;
}

static enum err
request(struct ctx *cx, void *arg)
{
	struct str email = *(const struct str *)arg, key = str_lower(cx->arena, email), code;
	struct code_plan plan = {
		.purpose = PURPOSE_CHANGE_EMAIL,
		.channel = S("email"),
		.destination = email,
	};
	int64_t now = clock_now();
	struct uuid id;
	struct user u;

	TRY(caller_hold(cx, &u));
	plan.user_id = u.id;
	TRY(check_free(cx, key, &u.id, now));
	TRY(message_budget_take(cx, "change_email_bearer", key, now));
	TRY(message_budget_take(cx, "change_email_account", account_budget(&u.id), now));
	TRY(challenge_end_purpose(cx, &u.id, PURPOSE_CHANGE_EMAIL, now));
	TRY(proof_make_code(cx, &plan, now, &id, &code));
	TRY(audit_note(cx, "email_change_requested", &u.id, NULL, now));
	return mail_change_email(cx, email, code, now);
}

enum err
email_change_request(struct ctx *cx, const struct email_change_in *in, struct nothing *out)
{
	struct str email = str_trim(in->new_email);

	if (str_eq_nocase(email, cx->caller->user.email_key))
		return fail_field(cx, "new_email", "This is your address already.");
	TRY(step_up(cx, in->password));
	*out = (struct nothing){0};
	return store_write(cx, request, &email);
}

struct confirmation {
	const struct email_confirm_in *in;
	struct user user;
	enum err refusal;
};

static enum err
replace(struct ctx *cx, struct user *u, struct str email, int64_t now)
{
	struct user was = *u;
	struct str undo;

	u->email = email;
	u->email_key = str_lower(cx->arena, email);
	u->is_email_verified = true;
	u->updated_at = now;
	TRY(user_set_email(cx, &u->id, u->email, u->email_key, now));
	TRY(session_revoke_all(cx, &u->id, &cx->caller->session.id, S("email_changed"), now, NULL));
	TRY(challenge_end_destination(cx, &u->id, was.email_key, now));
	TRY(ticket_end_channel(cx, &u->id, S("email"), now));
	TRY(audit_note(cx, "email_changed", &u->id, &cx->caller->session.id, now));
	TRY(undo_link_make(cx, UNDO_EMAIL, &was, NULL, now, &undo));
	TRY(mail_email_changed(cx, &was, undo, now));
	return mail_email_changed(cx, u, STR_NONE, now);
}

static enum err
confirm(struct ctx *cx, void *arg)
{
	struct confirmation *c = arg;
	struct user *u = &c->user;
	int64_t now = clock_now();
	struct challenge proof;
	bool right;
	enum err e;

	c->refusal = OK;
	TRY(caller_hold(cx, u));
	TRY(proof_guess(cx, PURPOSE_CHANGE_EMAIL, u, c->in->code, now, &proof, &right));
	if (!right) {
		c->refusal = ERR_INVALID_CODE;
		return OK;
	}
	TRY(err_map(proof_use(cx, &proof, now), ERR_INVALID_LINK, ERR_INVALID_CODE));
	e = check_free(cx, str_lower(cx->arena, proof.destination), &u->id, now);
	if (e == ERR_TAKEN) {
		c->refusal = e;
		return OK;
	}
	TRY(e);
	return replace(cx, u, proof.destination, now);
}

enum err
email_change_confirm(struct ctx *cx, const struct email_confirm_in *in, struct user *out)
{
	struct confirmation c = {.in = in};

	TRY(store_write(cx, confirm, &c));
	TRY(c.refusal);
	*out = c.user;
	return OK;
}
