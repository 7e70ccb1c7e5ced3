/*
 * One table of rates and the one function that takes from them. Generous: they stop floods, while guessing is
 * stopped by the counts of attempts.c, which survive a restart.
 */
#include "domain/throttle.h"

#include "base/config.h"
#include "domain/shared.h"

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
};

const struct throttle_row *
throttle_row(enum throttle_scope scope)
{
	return &rows[scope];
}

enum err
throttle_take(struct ctx *cx, enum throttle_scope scope, struct str net, struct throttle_state *out)
{
	const struct throttle_row *row = &rows[scope];
	int64_t wait;
	uint8_t key[16];

	shared_hash(cx->shared, (int)scope, net, key);
	rate_take(cx->shared, key, row->burst, row->window, &wait, &out->left);
	out->reset = (row->window - out->left * (row->window / row->burst) + SECOND - 1) / SECOND;
	return wait ? fail_retry(cx, ERR_THROTTLED, wait) : OK;
}
