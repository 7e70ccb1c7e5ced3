/*
 * The gate in front of every session. It is passed inside the transaction that would open the
 * session, so a factor that was turned on a moment ago counts. Here too is what takes factors away.
 */
#include "domain/mfa.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/mails.h"
#include "domain/mfa_count.h"
#include "domain/mfa_proof.h"
#include "store/challenge.h"
#include "store/store.h"

#define METHODS_MOST 3

static struct str
text_in(struct ctx *cx, const uint8_t mac[static MAC_SIZE])
{
	return (struct str){arena_copy(cx->arena, mac, MAC_SIZE), MAC_SIZE};
}

/* The enabled factors but the channel that the sign-in used, and the recovery codes. */
static enum err
methods_of(struct ctx *cx, const struct user *u, const struct sign_in_waiting *w,
	   struct str_list *out)
{
	struct factor factors[FACTORS_MOST];
	struct str *v = arena_array(cx->arena, struct str, METHODS_MOST);
	size_t n, found = 0;
	int64_t codes;

	TRY(factor_list(cx, &u->id, factors, &n));
	for (size_t i = 0; i < n && found < METHODS_MOST - 1; i++)
		if (factors[i].enabled_at && !str_eq(factors[i].kind, w->channel))
			v[found++] = factors[i].kind;
	TRY(recovery_code_count(cx, &u->id, &codes));
	if (codes)
		v[found++] = S("recovery_code");
	*out = (struct str_list){v, found};
	return OK;
}

/* Whose only factor is SMS gets the code at once. When there were too many, the last one sent
 * serves. */
static enum err
send_if_only_sms(struct ctx *cx, const struct user *u, const struct str_list *methods, int64_t now)
{
	struct fault kept = cx->fault;
	enum err e;

	if (list_has(*methods, FACTOR_TOTP) || !list_has(*methods, FACTOR_SMS))
		return OK;
	e = mfa_sms_send(cx, u, now);
	if (e == ERR_THROTTLED)
		cx->fault = kept;
	return err_map(e, ERR_THROTTLED, OK);
}

enum err
mfa_gate(struct ctx *cx, const struct user *u, const struct sign_in_waiting *w, int64_t now,
	 struct mfa_due *due)
{
	struct ticket t = {
		.user_id = u->id,
		.session_id = w->session_id,
		.device_id = w->device_id,
		.device_name = w->device_name,
		.channel = w->channel,
		.amr = w->amr,
		.created_at = now,
		.expires_at = now + cx->config->mfa_token_ttl,
	};
	uint8_t mac[MAC_SIZE];

	if (!u->mfa_enabled)
		return OK;
	TRY(methods_of(cx, u, w, &due->methods));
	TRY(send_if_only_sms(cx, u, &due->methods, now));
	TRY(uuid_new(&t.id));
	TRY(link_token_make(cx, &due->token, mac));
	t.mac = text_in(cx, mac);
	TRY(ticket_insert(cx, &t));
	metric_count(METRIC_MFA_DUE);
	return ERR_MFA_REQUIRED;
}

enum err
mfa_refuse(struct ctx *cx, const struct mfa_due *due)
{
	const struct str_list *methods = arena_copy(cx->arena, &due->methods, sizeof(due->methods));

	fail_extra_list(cx, "methods", methods);
	fail_extra(cx, "mfa_token", due->token);
	return ERR_MFA_REQUIRED;
}

enum err
mfa_forget(struct ctx *cx, const struct uuid *user, int64_t now)
{
	TRY(factor_delete_all(cx, user));
	TRY(recovery_code_delete_all(cx, user));
	TRY(ticket_end_all(cx, user, now));
	TRY(challenge_end_purpose(cx, user, PURPOSE_MFA_SMS, now));
	TRY(code_attempts_clear(cx, PURPOSE_MFA_SET_UP, user));
	return mfa_guess_clear(cx, user);
}
