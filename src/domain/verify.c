/*
 * By code or by link (proof.c). The count of a wrong code stays although the request fails, so that
 * refusal is told through the argument and the transaction commits. A link may also be that of a
 * pre-registration, on whatever surface it is opened.
 */
#include "domain/verify.h"

#include "base/clock.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/preregister.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "store/store.h"

enum err
verification_send(struct ctx *cx, const struct user *u, int64_t now)
{
	struct str code, link;

	TRY(proof_make(cx, PURPOSE_VERIFY_EMAIL, u, now, &code, &link));
	return mail_verify_email(cx, u, code, link, now);
}

/* An e-mail beside a bearer must be the bearer's own. */
static enum err
email_is_callers(struct ctx *cx, struct str email)
{
	if (cx->caller->bearer != BEARER_GOOD || str_absent(email))
		return OK;
	if (str_eq_nocase(str_trim(email), cx->caller->user.email_key))
		return OK;
	return fail_field(cx, "email", "This is not the address of the account that is signed in.");
}

/* The account meant by an e-mail or else by the caller, held; ERR_NOT_FOUND for an unknown address.
 */
static enum err
user_meant(struct ctx *cx, struct str email, struct user *out)
{
	TRY(email_is_callers(cx, email));
	if (cx->caller->bearer == BEARER_GOOD)
		return caller_hold(cx, out);
	if (str_absent(email))
		return caller_must_be_signed_in(cx);
	return user_hold_by_email(cx, str_lower(cx->arena, str_trim(email)), out);
}

static enum err
request(struct ctx *cx, void *arg)
{
	const struct send_verification_in *in = arg;
	bool signed_in = cx->caller->bearer == BEARER_GOOD;
	struct str destination =
		signed_in ? cx->caller->user.email_key : str_lower(cx->arena, str_trim(in->email));
	int64_t now = clock_now();
	struct user u;
	enum err e = user_meant(cx, in->email, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, signed_in ? "verification_bearer" : "verification", destination,
				now));
	if (e == ERR_NOT_FOUND || u.is_email_verified || standing_of(&u, now) != OK)
		return proof_decoy(cx, PURPOSE_VERIFY_EMAIL, destination, now);
	return verification_send(cx, &u, now);
}

enum err
verification_request(struct ctx *cx, const struct send_verification_in *in, struct nothing *out)
{
	struct send_verification_in copy = *in;

	if (str_absent(in->email))
		TRY(caller_must_be_signed_in(cx));
	*out = (struct nothing){0};
	return store_write(cx, request, &copy);
}

struct confirmation {
	const struct verify_in *in;
	struct user user;
	enum err refusal; /* that leaves its count behind */
};

enum err
email_mark_verified(struct ctx *cx, struct user *u, int64_t now)
{
	TRY(user_set_email_verified(cx, &u->id, now));
	TRY(code_attempts_clear(cx, PURPOSE_VERIFY_EMAIL, &u->id));
	TRY(audit_note(cx, "email_verified", &u->id, NULL, now));
	u->is_email_verified = true;
	u->updated_at = now;
	return OK;
}

static enum err
by_link(struct ctx *cx, void *arg)
{
	struct confirmation *c = arg;
	int64_t now = clock_now();
	struct challenge proof;
	uint8_t mac[MAC_SIZE];
	enum err e = proof_by_link(cx, PURPOSE_VERIFY_EMAIL, c->in->token, &proof);

	if (e == ERR_INVALID_LINK) {
		TRY(link_token_mac(cx, c->in->token, mac));
		return preregistration_verify(cx, mac, now, &c->user);
	}
	TRY(e);
	TRY(err_map(user_hold(cx, &proof.user_id, &c->user), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (standing_of(&c->user, now) != OK)
		return ERR_INVALID_LINK;
	if (c->user.is_email_verified)
		return ERR_ALREADY_VERIFIED;
	if (!proof_link_lives(&proof, now))
		return ERR_INVALID_LINK;
	TRY(proof_use(cx, &proof, now));
	return email_mark_verified(cx, &c->user, now);
}

/* Whether there is an address to prove; who is not signed in is not told why not. */
static enum err
meant_by_code(struct ctx *cx, struct confirmation *c, bool *open)
{
	enum err e = user_meant(cx, c->in->email, &c->user);
	bool signed_in = cx->caller->bearer == BEARER_GOOD;

	*open = e == OK && standing_of(&c->user, clock_now()) == OK && !c->user.is_email_verified;
	if (*open || (e != OK && e != ERR_NOT_FOUND) || !signed_in)
		return e == ERR_NOT_FOUND ? OK : e;
	return e == OK && c->user.is_email_verified ? ERR_ALREADY_VERIFIED : ERR_INVALID_CODE;
}

static enum err
by_code(struct ctx *cx, void *arg)
{
	struct confirmation *c = arg;
	int64_t now = clock_now();
	struct challenge proof;
	bool right, open;

	c->refusal = OK;
	TRY(meant_by_code(cx, c, &open));
	if (!open) {
		c->refusal = ERR_INVALID_CODE;
		return proof_guess_decoy(cx, PURPOSE_VERIFY_EMAIL,
					 str_lower(cx->arena, str_trim(c->in->email)), c->in->code,
					 now);
	}
	TRY(proof_guess(cx, PURPOSE_VERIFY_EMAIL, &c->user, c->in->code, now, &proof, &right));
	if (!right) {
		c->refusal = ERR_INVALID_CODE;
		return OK;
	}
	TRY(err_map(proof_use(cx, &proof, now), ERR_INVALID_LINK, ERR_INVALID_CODE));
	return email_mark_verified(cx, &c->user, now);
}

enum err
verification_confirm(struct ctx *cx, const struct verify_in *in, struct verify_out *out)
{
	struct confirmation c = {.in = in};

	if (!str_absent(in->token) && !(str_absent(in->email) && str_absent(in->code)))
		return fail_field(cx, "token", "Give a token, or a code, not both.");
	if (!str_absent(in->token)) {
		TRY(store_write(cx, by_link, &c));
	} else {
		if (str_absent(in->email))
			TRY(caller_must_be_signed_in(cx));
		if (str_absent(in->code))
			return fail_field(cx, "token", "Give a token, or a code.");
		TRY(store_write(cx, by_code, &c));
		TRY(c.refusal);
	}
	out->user = c.user;
	return OK;
}
