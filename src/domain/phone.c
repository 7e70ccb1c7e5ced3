/*
 * A number belongs to whom it answers: sign-up never calls one taken, the proof does. A number that
 * is a second factor stays as it is, or a stolen session could exchange the factor.
 */
#include "domain/phone.h"

#include "domain/audit.h"
#include "domain/mails.h"
#include "domain/proof.h"
#include "domain/undo.h"
#include "store/factor.h"

struct factors_on {
	bool sms, other;
};

static enum err
factors_on(struct ctx *cx, const struct uuid *user, struct factors_on *out)
{
	struct factor v[FACTORS_MOST];
	size_t n;

	*out = (struct factors_on){false, false};
	TRY(factor_list(cx, user, v, &n));
	for (size_t i = 0; i < n; i++) {
		bool sms = str_eq(v[i].kind, FACTOR_SMS);

		out->sms |= v[i].enabled_at && sms;
		out->other |= v[i].enabled_at && !sms;
	}
	return OK;
}

enum err
phone_may_change(struct ctx *cx, const struct uuid *user)
{
	struct factors_on on;

	TRY(factors_on(cx, user, &on));
	return on.sms ? ERR_PHONE_IS_FACTOR : OK;
}

enum err
phone_is_only_factor(struct ctx *cx, const struct user *u, bool *out)
{
	struct factors_on on;

	TRY(factors_on(cx, &u->id, &on));
	*out = on.sms && !on.other;
	return OK;
}

static enum err
check_free(struct ctx *cx, const struct user *u, struct str phone)
{
	struct user other;
	enum err e = user_by_verified_phone(cx, phone, &other);

	if (e == OK && !uuid_eq(&other.id, &u->id))
		return ERR_PHONE_TAKEN;
	return err_map(e, ERR_NOT_FOUND, OK);
}

enum err
phone_set_proven(struct ctx *cx, struct user *u, struct str phone, int64_t now)
{
	struct user was = *u;

	TRY(phone_may_change(cx, &u->id));
	TRY(check_free(cx, u, phone));
	TRY(challenge_end_purpose(cx, &u->id, PURPOSE_VERIFY_PHONE, now));
	if (u->is_phone_verified && str_eq(u->phone, phone))
		return OK;
	u->phone = phone;
	u->is_phone_verified = true;
	u->updated_at = now;
	TRY(err_map(user_set_profile(cx, u), ERR_TAKEN, ERR_PHONE_TAKEN));
	TRY(phone_changed(cx, &was, u, now));
	return audit_note(cx, "phone_verified", &u->id, NULL, now);
}

enum err
phone_changed(struct ctx *cx, const struct user *was, const struct user *u, int64_t now)
{
	struct str undo;

	if (!str_absent(was->phone) && !str_eq(was->phone, u->phone)) {
		TRY(challenge_end_destination(cx, &u->id, was->phone, now));
		TRY(ticket_end_channel(cx, &u->id, S("sms"), now));
	}
	TRY(undo_link_make(cx, UNDO_PHONE, was, NULL, now, &undo));
	return mail_phone_changed(cx, u, undo, now);
}
