/*
 * Setting up a second factor takes two calls: the first, with the password, makes a secret or sends
 * a code; the second shows that it arrived. Only then is the factor on, so nobody locks himself out
 * by a picture that was never scanned. Recovery codes come with the first factor and serve for all.
 */
#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/net.h"
#include "base/rnd.h"
#include "crypto/recovery_code.h"
#include "crypto/totp.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/login.h"
#include "domain/mails.h"
#include "domain/mfa.h"
#include "domain/mfa_proof.h"
#include "domain/step_up.h"
#include "store/store.h"

#define RECOVERY_CODES 10
#define URI_MAX 2048

/* By the password; who has none, by a sign-in a moment ago. */
static enum err
owner_is_there(struct ctx *cx, struct secret password)
{
	const struct caller *who = cx->caller;

	if (password.p)
		return password_confirm(cx, "password", password, NULL);
	if (!str_absent(who->user.password))
		return fail_field(cx, "password", "This field is required.");
	return signed_in_lately(cx) ? OK : ERR_REAUTHENTICATION;
}

struct enabling {
	struct str kind, sealed; /* sealed: the seed of TOTP */
};

static enum err
enable(struct ctx *cx, void *arg)
{
	const struct enabling *e = arg;
	bool by_sms = str_eq(e->kind, FACTOR_SMS);
	struct factor factors[FACTORS_MOST];
	int64_t now = clock_now();
	struct user u;
	size_t n;

	TRY(caller_hold(cx, &u));
	TRY(factor_list(cx, &u.id, factors, &n));
	for (size_t i = 0; i < n; i++)
		if (factors[i].enabled_at && str_eq(factors[i].kind, e->kind))
			return ERR_CONFLICT;
	if (by_sms && !u.is_phone_verified)
		return ERR_PHONE_NOT_VERIFIED;
	TRY(code_attempts_clear(cx, PURPOSE_MFA_SET_UP, &u.id));
	TRY(factor_put(cx, &u.id, e->kind, e->sealed, now));
	return by_sms ? mfa_sms_send(cx, &u, now) : OK;
}

/* https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
static struct str
uri_of(struct ctx *cx, struct str secret)
{
	struct str issuer = url_host(cx->config->server_public_url);
	struct buf b;

	buf_init_arena(&b, cx->arena, URI_MAX);
	buf_z(&b, "otpauth://totp/");
	percent_encode(&b, issuer);
	buf_char(&b, ':');
	percent_encode(&b, cx->caller->user.email);
	buf_z(&b, "?secret=");
	buf_str(&b, secret);
	buf_z(&b, "&issuer=");
	percent_encode(&b, issuer);
	buf_z(&b, "&algorithm=SHA1&digits=6&period=30");
	return buf_view(&b);
}

static enum err
seed_make(struct ctx *cx, struct str *sealed, struct mfa_enabling *out)
{
	uint8_t seed[TOTP_SEED];
	struct buf secret;

	TRY(rnd_bytes(seed, sizeof(seed)));
	TRY(seal(cx, seed_context(cx, &cx->caller->user.id),
		 (struct str){(const char *)seed, sizeof(seed)}, sealed));
	buf_init_arena(&secret, cx->arena, 2 * TOTP_SEED);
	base32_encode(&secret, seed, sizeof(seed));
	wipe(seed, sizeof(seed));
	out->secret = buf_view(&secret);
	out->otpauth_uri = uri_of(cx, out->secret);
	return OK;
}

enum err
mfa_enable(struct ctx *cx, const struct mfa_enable_in *in, struct mfa_enabling *out)
{
	struct enabling e = {.kind = in->method};
	struct mfa_enabling done = {.totp = str_eq(in->method, FACTOR_TOTP)};

	if (!done.totp && !str_eq(in->method, FACTOR_SMS))
		return fail_field(cx, "method", "Choose totp or sms.");
	TRY(owner_is_there(cx, in->password));
	if (done.totp)
		TRY(seed_make(cx, &e.sealed, &done));
	TRY(store_write(cx, enable, &e));
	*out = done;
	return OK;
}

/* Ten new recovery codes, as text and as what is kept of them. */
struct code_set {
	struct str text[RECOVERY_CODES];
	uint8_t mac[RECOVERY_CODES][MAC_SIZE];
};

static enum err
code_set_make(struct ctx *cx, const struct uuid *user, struct code_set *out)
{
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		TRY(recovery_code_make(cx, user, &out->text[i], out->mac[i]));
	return OK;
}

static enum err
code_set_store(struct ctx *cx, const struct uuid *user, const struct code_set *set, int64_t now)
{
	TRY(recovery_code_delete_all(cx, user));
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		TRY(recovery_code_put(cx, user, set->mac[i], now));
	return OK;
}

struct proving {
	struct str code;
	struct code_set *set;
	bool issued;      /* the set was stored: there were no codes before */
	enum err refusal; /* that leaves its count behind */
};

static enum err
turn_on(struct ctx *cx, struct proving *p, const struct user *u, struct str kind, int64_t now)
{
	int64_t had;

	TRY(factor_enable(cx, &u->id, kind, now));
	TRY(user_set_mfa(cx, &u->id, true, now));
	TRY(code_attempts_clear(cx, PURPOSE_MFA_SET_UP, &u->id));
	TRY(recovery_code_count(cx, &u->id, &had));
	p->issued = had == 0;
	if (p->issued)
		TRY(code_set_store(cx, &u->id, p->set, now));
	TRY(audit_note(cx, "mfa_enabled", &u->id, NULL, now));
	return mail_mfa_enabled(cx, u, kind, now);
}

static enum err
prove(struct ctx *cx, void *arg)
{
	struct proving *p = arg;
	struct factor factors[FACTORS_MOST];
	int64_t now = clock_now();
	bool right = false, waiting = false;
	struct user u;
	size_t n;

	p->refusal = OK;
	TRY(caller_hold(cx, &u));
	TRY(factor_list(cx, &u.id, factors, &n));
	for (size_t i = 0; i < n; i++)
		waiting |= !factors[i].enabled_at;
	if (!waiting)
		return ERR_CONFLICT;
	TRY(code_attempt(cx, PURPOSE_MFA_SET_UP, &u.id, now));
	for (size_t i = 0; i < n; i++) {
		if (factors[i].enabled_at)
			continue;
		TRY(factor_try(cx, &u, &factors[i], p->code, now, &right));
		if (right)
			return turn_on(cx, p, &u, factors[i].kind, now);
	}
	p->refusal = ERR_INVALID_CODE;
	return OK;
}

enum err
mfa_verify(struct ctx *cx, const struct mfa_verify_in *in, struct mfa_verified *out)
{
	struct code_set set;
	struct proving p = {.code = in->code, .set = &set};

	if (!str_absent(in->mfa_token))
		return mfa_finish(cx, in, &out->done);
	TRY(caller_must_be_signed_in(cx));
	TRY(code_set_make(cx, &cx->caller->user.id, &set));
	TRY(store_write(cx, prove, &p));
	TRY(p.refusal);
	out->set_up = true;
	if (p.issued)
		out->recovery_codes = (struct str_list){
			arena_copy(cx->arena, set.text, sizeof(set.text)), RECOVERY_CODES};
	return OK;
}

static enum err
disable(struct ctx *cx, void *arg)
{
	int64_t now = clock_now();
	struct user u;

	TRY(caller_hold(cx, &u));
	if (!u.mfa_enabled)
		return ERR_CONFLICT;
	TRY(mfa_forget(cx, &u.id, now));
	TRY(user_set_mfa(cx, &u.id, false, now));
	TRY(audit_note(cx, "mfa_disabled", &u.id, NULL, now));
	return mail_mfa_disabled(cx, &u, now);
}

enum err
mfa_disable(struct ctx *cx, const struct mfa_step_up_in *in, struct nothing *out)
{
	TRY(owner_is_there(cx, in->password));
	*out = (struct nothing){0};
	return store_write(cx, disable, NULL);
}

static enum err
renew(struct ctx *cx, void *arg)
{
	const struct code_set *set = arg;
	int64_t now = clock_now();
	struct user u;

	TRY(caller_hold(cx, &u));
	if (!u.mfa_enabled)
		return ERR_CONFLICT;
	TRY(code_set_store(cx, &u.id, set, now));
	return audit_note(cx, "recovery_codes_renewed", &u.id, NULL, now);
}

enum err
mfa_new_codes(struct ctx *cx, const struct mfa_step_up_in *in, struct recovery_codes *out)
{
	struct code_set set;

	TRY(owner_is_there(cx, in->password));
	TRY(code_set_make(cx, &cx->caller->user.id, &set));
	TRY(store_write(cx, renew, &set));
	out->codes = (struct str_list){arena_copy(cx->arena, set.text, sizeof(set.text)),
				       RECOVERY_CODES};
	return OK;
}
