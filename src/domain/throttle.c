/*
 * One table of rates and the one function that takes from them. Generous: they stop floods, while
 * guessing is stopped by the counts of attempts.c, which survive a restart.
 */
#include "domain/throttle.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/vault.h"
#include "domain/shared.h"
#include "store/rate.h"
#include "store/store.h"

static const struct throttle_row rows[] = {
	[THROTTLE_DEFAULT] = {"default", 6000, MINUTE},
	[THROTTLE_REGISTER] = {"register", 60, MINUTE},
	[THROTTLE_LOGIN] = {"login", 120, MINUTE},
	[THROTTLE_REFRESH] = {"refresh", 600, MINUTE},
	[THROTTLE_VERIFY] = {"verify", 120, MINUTE},
	[THROTTLE_RESEND] = {"resend", 30, MINUTE},
	[THROTTLE_OTP_SEND] = {"otp_send", 30, MINUTE},
	[THROTTLE_OTP_VERIFY] = {"otp_verify", 120, MINUTE},
	[THROTTLE_RESET] = {"reset", 30, MINUTE},
	[THROTTLE_UPLOAD] = {"upload", 30, MINUTE},
	[THROTTLE_WEBHOOK] = {"webhook", 600, MINUTE},
};

const struct throttle_row *
throttle_row(enum throttle_scope scope)
{
	return &rows[scope];
}

bool
throttle_is_shared(const struct ctx *cx, enum throttle_scope scope)
{
	return scope != THROTTLE_DEFAULT && scope != THROTTLE_NONE && !store_is_embedded(cx->store);
}

/* A key that every server of the store makes alike. */
static enum err
take_shared(struct ctx *cx, const struct throttle_row *row, struct str net, int64_t *wait,
	    int64_t *left)
{
	struct str parts[] = {S("rate"), str_of(row->name), net};
	uint8_t mac[MAC_SIZE];

	vault_mac_parts(cx->vault, VAULT_COUNT, parts, ARRAY_LEN(parts), mac);
	return rate_take_shared(cx, mac, clock_now(), row->burst, row->window, wait, left);
}

enum err
throttle_take(struct ctx *cx, enum throttle_scope scope, struct str net, struct throttle_state *out)
{
	const struct throttle_row *row = &rows[scope];
	int64_t wait;
	uint8_t key[16];

	if (throttle_is_shared(cx, scope)) {
		TRY(take_shared(cx, row, net, &wait, &out->left));
	} else {
		shared_hash(cx->shared, (int)scope, net, key);
		rate_take(cx->shared, key, row->burst, row->window, &wait, &out->left);
	}
	out->reset = (row->window - out->left * (row->window / row->burst) + SECOND - 1) / SECOND;
	return wait ? fail_retry(cx, ERR_THROTTLED, wait) : OK;
}
