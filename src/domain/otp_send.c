/*
 * What is sent depends on the account, what is answered and how long that takes does not: unknown
 * addresses have their budgets too, and a challenge that nobody is sent the code of.
 */
#include "domain/otp.h"

#include "base/clock.h"
#include "base/config.h"
#include "domain/attempts.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/phone.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "domain/step_up.h"
#include "domain/verify.h"
#include "store/store.h"

struct wish {
	const struct otp_send_in *in;
	bool sms, login;
	bool signed_in;
	struct str destination; /* address key or phone */
	struct uuid challenge_id;
};

enum err
otp_is_open(const struct ctx *cx, bool phone_proof)
{
	const struct user *u = &cx->caller->user;

	if (cx->caller->bearer != BEARER_GOOD || phone_proof || u->mfa_enabled)
		return OK;
	return list_has(cx->config->mfa_required_roles, u->role) ? ERR_MFA_ENROLLMENT : OK;
}

static enum err
read_choices(struct ctx *cx, struct wish *w)
{
	const struct otp_send_in *in = w->in;
	bool verify = str_absent(in->purpose) || str_eq(in->purpose, S("verify"));

	w->sms = str_eq(in->channel, S("sms"));
	w->login = str_eq(in->purpose, S("login"));
	if (!w->sms && !str_eq(in->channel, S("email")))
		(void)fail_field(cx, "channel", "Use sms or email.");
	if (!w->login && !verify)
		(void)fail_field(cx, "purpose", "Use verify or login.");
	if (!str_absent(w->sms ? in->email : in->phone))
		(void)fail_field(cx, w->sms ? "email" : "phone", "The channel is another one.");
	return cx->fault.fields ? ERR_INVALID : OK;
}

/* The caller's own address or phone; absent when there is none. */
static struct str
own_destination(const struct ctx *cx, const struct wish *w)
{
	return w->sms ? cx->caller->user.phone : cx->caller->user.email_key;
}

/* Beside a bearer only its own address is taken; a phone that is to be proven may be any. */
static enum err
read_destination(struct ctx *cx, struct wish *w)
{
	const char *field = w->sms ? "phone" : "email";
	struct str typed = w->sms ? w->in->phone : w->in->email;

	w->destination = str_absent(typed) ? STR_NONE : str_lower(cx->arena, str_trim(typed));
	if (!w->signed_in && str_absent(typed) && !w->login)
		return caller_must_be_signed_in(cx);
	if (w->signed_in && str_absent(typed))
		w->destination = own_destination(cx, w);
	if (str_absent(w->destination))
		return fail_field(cx, field, "This field is required.");
	if (!w->signed_in || (w->sms && !w->login))
		return OK;
	if (str_eq(w->destination, own_destination(cx, w)))
		return OK;
	return fail_field(cx, field, "This is not that of the account that is signed in.");
}

static enum err
login_account(struct ctx *cx, const struct wish *w, struct user *u)
{
	bool only;

	if (!w->sms)
		return user_hold_by_email(cx, w->destination, u);
	TRY(user_hold_by_verified_phone(cx, w->destination, u));
	TRY(phone_is_only_factor(cx, u, &only));
	return only ? ERR_NOT_FOUND : OK;
}

static enum err
send_login_code(struct ctx *cx, void *arg)
{
	struct wish *w = arg;
	struct code_plan plan = {
		.purpose = PURPOSE_LOGIN,
		.channel = w->in->channel,
		.destination = w->destination,
	};
	const char *kind = w->signed_in ? "login_bearer" : "login";
	int64_t now = clock_now();
	struct str code;
	struct user u;
	enum err e = login_account(cx, w, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(w->sms ? sms_budget_take(cx, kind, w->destination, now)
		   : message_budget_take(cx, kind, w->destination, now));
	if (e == ERR_NOT_FOUND || standing_of(&u, now) != OK)
		return proof_decoy_code(cx, &plan, now, &w->challenge_id);
	plan.user_id = u.id;
	TRY(proof_make_code(cx, &plan, now, &w->challenge_id, &code));
	return w->sms ? sms_code(cx, w->destination, code, now)
		      : mail_login_code(cx, &u, code, now);
}

static enum err
send_verification(struct ctx *cx, void *arg)
{
	struct wish *w = arg;
	const char *kind = w->signed_in ? "verification_bearer" : "verification";
	int64_t now = clock_now();
	struct challenge c;
	struct user u;
	enum err e = user_hold_by_email(cx, w->destination, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(uuid_new(&w->challenge_id));
	TRY(message_budget_take(cx, kind, w->destination, now));
	if (e == ERR_NOT_FOUND || u.is_email_verified || standing_of(&u, now) != OK)
		return proof_decoy(cx, PURPOSE_VERIFY_EMAIL, w->destination, now);
	TRY(verification_send(cx, &u, now));
	TRY(challenge_open_of_user(cx, PURPOSE_VERIFY_EMAIL, &u.id, &c));
	w->challenge_id = c.id;
	return OK;
}

/* Any number may be asked for here, so the account has a budget too: who can make one account must
 * not be able to text the whole world with it. */
static enum err
send_phone_proof(struct ctx *cx, void *arg)
{
	struct wish *w = arg;
	struct code_plan plan = {
		.purpose = PURPOSE_VERIFY_PHONE,
		.channel = S("sms"),
		.destination = w->destination,
		.user_id = cx->caller->user.id,
	};
	struct str code;
	int64_t now = clock_now();
	struct user u;

	TRY(caller_hold(cx, &u));
	TRY(phone_may_change(cx, &plan.user_id));
	TRY(sms_budget_take(cx, "phone_bearer", w->destination, now));
	TRY(sms_budget_take(cx, "phone_account", account_budget(&plan.user_id), now));
	TRY(proof_make_code(cx, &plan, now, &w->challenge_id, &code));
	return sms_code(cx, w->destination, code, now);
}

/* What forbids a proof of a phone, before its number is looked at. */
static enum err
may_prove_phone(struct ctx *cx)
{
	TRY(caller_must_be_signed_in(cx));
	return cx->caller->user.is_email_verified ? OK : ERR_EMAIL_NOT_VERIFIED;
}

enum err
otp_send(struct ctx *cx, const struct otp_send_in *in, struct otp_sent *out)
{
	struct wish w = {.in = in, .signed_in = cx->caller->bearer == BEARER_GOOD};
	bool phone_proof;

	TRY(read_choices(cx, &w));
	phone_proof = w.sms && !w.login;
	TRY(otp_is_open(cx, phone_proof));
	if (phone_proof)
		TRY(may_prove_phone(cx));
	TRY(read_destination(cx, &w));
	if (phone_proof) {
		TRY(phone_may_change(cx, &cx->caller->user.id));
		TRY(step_up_either(cx, in->password));
	}
	TRY(store_write(cx,
			phone_proof ? send_phone_proof
			: w.login   ? send_login_code
				    : send_verification,
			&w));
	*out = (struct otp_sent){
		.challenge_id = w.challenge_id,
		.channel = w.sms ? S("sms") : S("email"),
		.expires_in = cx->config->challenge_code_ttl / SECOND,
	};
	return OK;
}
