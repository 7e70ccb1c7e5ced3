/*
 * Each code is good once: a TOTP step, a texted code and a recovery code are each taken by one
 * compare-and-swap. Seeds rest sealed, the others as MACs.
 */
#include "domain/mfa_proof.h"

#include "base/config.h"
#include "crypto/recovery_code.h"
#include "crypto/totp.h"
#include "domain/attempts.h"
#include "domain/mails.h"
#include "store/challenge.h"

struct str
seed_context(struct ctx *cx, const struct uuid *user)
{
	return str_print(cx->arena, "totp:%.*s", STR_ARG(uuid_text(cx->arena, user)));
}

static enum err
totp_try(struct ctx *cx, const struct factor *f, struct str typed, int64_t now)
{
	struct secret seed;
	int64_t step;

	TRY(unseal(cx, seed_context(cx, &f->user_id), f->secret, &seed));
	TRY(totp_match(seed, typed, now, f->last_step, &step));
	return factor_take_step(cx, &f->user_id, f->kind, step);
}

/* A code that went to a number which is no longer the account's own is none. */
static enum err
sms_try(struct ctx *cx, const struct user *u, struct str typed, int64_t now)
{
	int64_t most = cx->config->challenge_max_attempts;
	struct challenge c;

	TRY(challenge_open_of_user(cx, PURPOSE_MFA_SMS, &u->id, &c));
	if (!u->is_phone_verified || !str_eq(c.destination, u->phone))
		return ERR_INVALID_CODE;
	TRY(challenge_take_attempt(cx, &c.id, most, now));
	if (!code_matches(cx, &c.id, typed, c.code_mac))
		return ERR_INVALID_CODE;
	return challenge_consume(cx, &c.id, now);
}

static enum err
told_by(enum err e, bool *right)
{
	*right = e == OK;
	return e == ERR_NOT_FOUND || e == ERR_INVALID_CODE ? OK : e;
}

enum err
factor_try(struct ctx *cx, const struct user *u, const struct factor *f, struct str typed,
	   int64_t now, bool *right)
{
	if (str_eq(f->kind, FACTOR_TOTP))
		return told_by(totp_try(cx, f, typed, now), right);
	return told_by(sms_try(cx, u, typed, now), right);
}

enum err
recovery_code_try(struct ctx *cx, const struct uuid *user, struct str typed, bool *right)
{
	uint8_t mac[MAC_SIZE];
	enum err e = recovery_code_mac(cx, user, typed, mac);

	return told_by(e == OK ? recovery_code_take(cx, user, mac) : e, right);
}

enum err
mfa_sms_send(struct ctx *cx, const struct user *u, int64_t now)
{
	struct challenge c = {
		.user_id = u->id,
		.purpose = PURPOSE_MFA_SMS,
		.channel = S("sms"),
		.destination = u->phone,
		.created_at = now,
		.code_expires_at = now + cx->config->challenge_code_ttl,
	};
	struct str account = {(const char *)u->id.b, sizeof u->id.b}, code;
	uint8_t mac[MAC_SIZE];

	TRY(sms_budget_take(cx, "second_factor", account, now));
	TRY(uuid_new(&c.id));
	TRY(code_make(cx, &c.id, &code, mac));
	c.code_mac = (struct str){arena_copy(cx->arena, mac, MAC_SIZE), MAC_SIZE};
	TRY(challenge_put(cx, &c));
	return sms_code(cx, u->phone, code, now);
}
