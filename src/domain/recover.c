/*
 * The new password is judged and hashed before the proof is used up, so a refused or an overloaded
 * try costs no link; and the proof is used up in the transaction that sets the password, so of many
 * tries at once one wins. Who proves the address of an unproven account this way gets it wiped
 * first.
 */
#include "domain/recover.h"

#include "base/clock.h"
#include "crypto/hasher.h"
#include "domain/access.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/login.h"
#include "domain/mails.h"
#include "domain/policy.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "domain/wipe.h"
#include "store/store.h"

static enum err
request(struct ctx *cx, void *arg)
{
	const struct reset_request_in *in = arg;
	struct str key = str_lower(cx->arena, str_trim(in->email)), code, link;
	int64_t now = clock_now();
	struct user u;
	enum err e = user_hold_by_email(cx, key, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, "reset", key, now));
	if (e == ERR_NOT_FOUND || standing_of(&u, now) != OK) {
		TRY(proof_decoy(cx, PURPOSE_RESET_PASSWORD, key, now));
		return audit_note(cx, "reset_requested", NULL, NULL, now);
	}
	TRY(proof_make(cx, PURPOSE_RESET_PASSWORD, &u, now, &code, &link));
	TRY(audit_note(cx, "reset_requested", &u.id, NULL, now));
	return mail_reset_password(cx, &u, code, link, now);
}

enum err
reset_request(struct ctx *cx, const struct reset_request_in *in, struct nothing *out)
{
	struct reset_request_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, request, &copy);
}

struct reset {
	const struct reset_in *in;
	struct user user;
	struct challenge proof;
	struct str phc;
	bool right; /* the code */
};

/* The account behind a link that is still good. Only looks. */
static enum err
find_by_link(struct ctx *cx, struct reset *r)
{
	int64_t now = clock_now();

	TRY(proof_by_link(cx, PURPOSE_RESET_PASSWORD, r->in->token, &r->proof));
	TRY(err_map(user_by_id(cx, &r->proof.user_id, &r->user), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (!proof_link_lives(&r->proof, now) || standing_of(&r->user, now) != OK)
		return ERR_INVALID_LINK;
	return OK;
}

static enum err
guess_code(struct ctx *cx, void *arg)
{
	struct reset *r = arg;
	struct str key = str_lower(cx->arena, str_trim(r->in->email));
	int64_t now = clock_now();

	enum err e = user_by_email(cx, key, &r->user);

	r->right = false;
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NOT_FOUND || standing_of(&r->user, now) != OK)
		return proof_guess_decoy(cx, PURPOSE_RESET_PASSWORD, key, r->in->code, now);
	return proof_guess(cx, PURPOSE_RESET_PASSWORD, &r->user, r->in->code, now, &r->proof,
			   &r->right);
}

static enum err
find(struct ctx *cx, struct reset *r)
{
	if (!str_absent(r->in->token) && !(str_absent(r->in->email) && str_absent(r->in->code)))
		return fail_field(cx, "token",
				  "Give a token, or an e-mail with its code, not both.");
	if (!str_absent(r->in->token))
		return find_by_link(cx, r);
	if (str_absent(r->in->email) || str_absent(r->in->code))
		return fail_field(cx, "token", "Give a token, or an e-mail with its code.");
	TRY(store_write(cx, guess_code, r));
	return r->right ? OK : ERR_INVALID_CODE;
}

static enum err
set_password(struct ctx *cx, void *arg)
{
	struct reset *r = arg;
	struct user *u = &r->user;
	int64_t now = clock_now();

	TRY(err_map(user_hold(cx, &r->proof.user_id, u), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (standing_of(u, now) != OK)
		return ERR_INVALID_LINK;
	TRY(proof_use(cx, &r->proof, now));
	if (!u->is_email_verified) {
		TRY(account_wipe(cx, u, STR_NONE, r->phc, now));
	} else {
		TRY(user_set_password(cx, &u->id, STR_NONE, r->phc, now));
		TRY(access_end(cx, &u->id, NULL, S("password_reset"), now));
		TRY(attempts_clear(cx, &u->id));
	}
	TRY(audit_note(cx, "password_reset", &u->id, NULL, now));
	return mail_password_changed(cx, u, now);
}

enum err
reset_confirm(struct ctx *cx, const struct reset_in *in, struct nothing *out)
{
	struct reset r = {.in = in};
	bool by_link = !str_absent(in->token);

	TRY(find(cx, &r));
	TRY(policy_password_of(cx, "new_password", &r.user, in->new_password));
	TRY(password_hash(cx, in->new_password, &r.phc));
	*out = (struct nothing){0};
	return err_map(store_write(cx, set_password, &r), ERR_INVALID_LINK,
		       by_link ? ERR_INVALID_LINK : ERR_INVALID_CODE);
}

struct change {
	struct str was, phc;
};

static enum err
change(struct ctx *cx, void *arg)
{
	const struct change *c = arg;
	const struct caller *who = cx->caller;
	const struct user *u = &who->user;
	int64_t now = clock_now();

	TRY(err_map(user_set_password(cx, &u->id, c->was, c->phc, now), ERR_NOT_FOUND, ERR_TOKEN));
	TRY(access_end(cx, &u->id, &who->session.id, S("password_changed"), now));
	TRY(audit_note(cx, "password_changed", &u->id, &who->session.id, now));
	return mail_password_changed(cx, u, now);
}

enum err
password_change(struct ctx *cx, const struct password_change_in *in, struct nothing *out)
{
	const struct user *u = &cx->caller->user;
	struct change c;

	TRY(password_confirm(cx, "current_password", in->current_password, &c.was));
	TRY(policy_password_of(cx, "new_password", u, in->new_password));
	TRY(password_hash(cx, in->new_password, &c.phc));
	*out = (struct nothing){0};
	return store_write(cx, change, &c);
}
