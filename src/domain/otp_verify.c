/*
 * One transaction: the guess is counted, compared, and what the code allows is done. A refusal
 * leaves its count and its login record behind, so it is told through the argument. What is unknown
 * and what is dead are answered like a wrong code.
 */
#include "domain/otp.h"

#include "base/clock.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mfa.h"
#include "domain/phone.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "domain/verify.h"
#include "domain/wipe.h"
#include "store/store.h"

enum act { ACT_LOGIN, ACT_EMAIL, ACT_PHONE };

struct trial {
	const struct otp_verify_in *in;
	enum act act;
	struct challenge c;
	struct user user;
	bool found; /* the account that the code is for */
	struct session session;
	struct mfa_due due; /* with ERR_MFA_REQUIRED */
	enum err refusal;
};

static bool
signed_in(const struct ctx *cx)
{
	return cx->caller->bearer == BEARER_GOOD;
}

/* false: codes of that purpose are taken elsewhere. */
static bool
act_of(struct str purpose, enum act *act)
{
	*act = ACT_LOGIN;
	if (str_eq(purpose, PURPOSE_VERIFY_EMAIL))
		*act = ACT_EMAIL;
	else if (str_eq(purpose, PURPOSE_VERIFY_PHONE))
		*act = ACT_PHONE;
	else
		return str_eq(purpose, PURPOSE_LOGIN);
	return true;
}

static enum err
find_by_id(struct ctx *cx, struct trial *t)
{
	struct uuid id;

	if (!uuid_parse(t->in->challenge_id, &id))
		return ERR_INVALID_CODE;
	TRY(err_map(challenge_by_id(cx, &id, &t->c), ERR_NOT_FOUND, ERR_INVALID_CODE));
	if (!act_of(t->c.purpose, &t->act) || uuid_is_zero(&t->c.user_id))
		return ERR_INVALID_CODE;
	if (t->act == ACT_PHONE)
		TRY(caller_must_be_signed_in(cx));
	if (t->act != ACT_LOGIN && signed_in(cx) && !uuid_eq(&t->c.user_id, &cx->caller->user.id))
		return ERR_INVALID_CODE;
	return user_by_id(cx, &t->c.user_id, &t->user);
}

static enum err
find_proof(struct ctx *cx, struct trial *t, struct str destination)
{
	const struct user *u = &cx->caller->user;
	bool phone = t->act == ACT_PHONE;

	TRY(caller_must_be_signed_in(cx));
	if (!phone && !str_eq(destination, u->email_key))
		return fail_field(cx, "email",
				  "This is not the address of the account that is signed in.");
	TRY(user_by_id(cx, &u->id, &t->user));
	if (!phone && t->user.is_email_verified)
		return ERR_ALREADY_VERIFIED;
	return challenge_open_at(cx, phone ? PURPOSE_VERIFY_PHONE : PURPOSE_VERIFY_EMAIL, &u->id,
				 destination, &t->c);
}

static enum err
find_by_destination(struct ctx *cx, struct trial *t)
{
	bool phone = !str_absent(t->in->phone);
	struct str destination =
		phone ? t->in->phone : str_lower(cx->arena, str_trim(t->in->email));

	if (cx->caller->bearer != BEARER_NONE) {
		t->act = phone ? ACT_PHONE : ACT_EMAIL;
		return find_proof(cx, t, destination);
	}
	t->act = ACT_LOGIN;
	TRY(phone ? user_by_verified_phone(cx, destination, &t->user)
		  : user_by_email(cx, destination, &t->user));
	t->found = true;
	return challenge_open_at(cx, PURPOSE_LOGIN, &t->user.id, destination, &t->c);
}

/* A login code is good while the account still has what it was sent to. */
static bool
still_reaches(const struct trial *t)
{
	const struct user *u = &t->user;

	if (t->act != ACT_LOGIN)
		return true;
	if (str_eq(t->c.channel, S("sms")))
		return u->is_phone_verified && str_eq(u->phone, t->c.destination);
	return str_eq(u->email_key, t->c.destination);
}

static enum err
find(struct ctx *cx, struct trial *t, int64_t now)
{
	enum err e =
		str_absent(t->in->challenge_id) ? find_by_destination(cx, t) : find_by_id(cx, t);

	TRY(err_map(e, ERR_NOT_FOUND, ERR_INVALID_CODE));
	t->found = true;
	TRY(otp_is_open(cx, t->act == ACT_PHONE));
	if (standing_of(&t->user, now) != OK || !still_reaches(t))
		return ERR_INVALID_CODE;
	if (t->act == ACT_EMAIL && t->user.is_email_verified)
		return signed_in(cx) ? ERR_ALREADY_VERIFIED : ERR_INVALID_CODE;
	return OK;
}

static enum err
record(struct ctx *cx, const struct trial *t, enum err outcome, int64_t now)
{
	const struct otp_verify_in *in = t->in;
	struct attempt_record r = {
		.user = t->found ? &t->user.id : NULL,
		.identifier = str_absent(in->phone) ? str_trim(in->email) : in->phone,
		.device_id = in->device_id,
		.method = "otp",
		.outcome = outcome,
		.session = outcome == OK ? &t->session.id : NULL,
	};

	if (!str_absent(in->challenge_id))
		r.identifier = t->c.destination;
	if (t->act != ACT_LOGIN || str_absent(r.identifier))
		return OK;
	return login_note(cx, &r, now);
}

static enum err
open_session(struct ctx *cx, struct trial *t, int64_t now)
{
	struct user *u = &t->user;
	struct guesser g;

	TRY(session_store(cx, &t->session, t->in->device_name));
	TRY(user_set_last_login(cx, &u->id, now));
	u->last_login_at = now;
	guesser_init(cx, &u->id, STR_NONE, &g);
	return attempt_note_place(cx, &g, now);
}

/* Who reads the mailbox of an unproven account may not be who signed up. */
static enum err
mailbox_proven(struct ctx *cx, struct trial *t, int64_t now)
{
	if (!t->user.is_email_verified)
		return account_wipe(cx, &t->user, STR_NONE, STR_NONE, now);
	return password_attempts_clear(cx, &t->user.id);
}

static enum err
sign_in(struct ctx *cx, struct trial *t, int64_t now)
{
	struct sign_in_waiting waiting = {
		.device_id = t->in->device_id,
		.device_name = t->in->device_name,
		.amr = S("otp"),
		.channel = t->c.channel,
	};

	if (str_eq(t->c.channel, S("email")))
		TRY(mailbox_proven(cx, t, now));
	TRY(session_plan(cx, &t->user, t->in->device_id, S("otp"), now, &t->session));
	t->refusal = sign_in_gate(cx, &t->user, t->in->device_id, now);
	if (t->refusal == OK)
		t->refusal = mfa_gate(cx, &t->user, &waiting, now, &t->due);
	if (t->refusal != OK && err_row(t->refusal)->status >= 500)
		return t->refusal;
	if (t->refusal == OK)
		TRY(open_session(cx, t, now));
	return record(cx, t, t->refusal, now);
}

/* The number is another account's: the code is used up all the same. */
static enum err
prove_phone(struct ctx *cx, struct trial *t, int64_t now)
{
	enum err e = phone_set_proven(cx, &t->user, t->c.destination, now);

	if (e != ERR_PHONE_TAKEN && e != ERR_PHONE_IS_FACTOR)
		return e;
	t->refusal = e;
	return OK;
}

static enum err
allow(struct ctx *cx, struct trial *t, int64_t now)
{
	TRY(proof_use(cx, &t->c, now));
	switch (t->act) {
	case ACT_EMAIL:
		return email_mark_verified(cx, &t->user, now);
	case ACT_PHONE:
		return prove_phone(cx, t, now);
	case ACT_LOGIN:
		break;
	}
	return sign_in(cx, t, now);
}

static enum err
try_code(struct ctx *cx, void *arg)
{
	struct trial *t = arg;
	int64_t now = clock_now();
	bool right = false;
	enum err e;

	*t = (struct trial){.in = t->in};
	e = find(cx, t, now);
	if (e == OK)
		e = proof_guess_at(cx, &t->c, t->in->code, now, &right);
	if (e == OK && right)
		return allow(cx, t, now);
	if (e != OK && e != ERR_INVALID_CODE)
		return e;
	t->refusal = ERR_INVALID_CODE;
	return record(cx, t, ERR_INVALID_CODE, now);
}

enum err
otp_verify(struct ctx *cx, const struct otp_verify_in *in, struct sign_in *out)
{
	struct trial t = {.in = in};
	struct sign_in done = {0};

	TRY(err_map(store_write(cx, try_code, &t), ERR_INVALID_LINK, ERR_INVALID_CODE));
	if (t.refusal == ERR_MFA_REQUIRED)
		return mfa_refuse(cx, &t.due);
	TRY(t.refusal);
	done.user = t.user;
	done.has_tokens = t.act == ACT_LOGIN;
	if (done.has_tokens)
		TRY(tokens_make(cx, &t.session, &t.user, clock_now(), &done.tokens));
	*out = done;
	return OK;
}
