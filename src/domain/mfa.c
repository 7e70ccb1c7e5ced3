/*
 * The gate in front of every session. It is passed inside the transaction that would open the
 * session, so a factor that was turned on a moment ago counts.
 */
#include "domain/mfa.h"

#include "base/config.h"
#include "crypto/token.h"

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
	TRY(uuid_new(&t.id));
	TRY(link_token_make(cx, &due->token, mac));
	t.mac = text_in(cx, mac);
	TRY(ticket_insert(cx, &t));
	return ERR_MFA_REQUIRED;
}

enum err
mfa_refuse(struct ctx *cx, const struct mfa_due *due)
{
	fail_extra_list(cx, "methods", &due->methods);
	fail_extra(cx, "mfa_token", due->token);
	return ERR_MFA_REQUIRED;
}
