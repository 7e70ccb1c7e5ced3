/* The rows of the second factor. The numbers are the seed's. */
#include "api/auth/mfa_routes.h"

#include "api/auth/auth_shapes.h"
#include "api/auth/mfa_shapes.h"
#include "api/qr.h"

OP(op_verify, mfa_verify, struct mfa_verify_in, struct mfa_verified)
OP(op_send, mfa_send, struct mfa_send_in, struct nothing)
OP(op_disable, mfa_disable, struct mfa_step_up_in, struct nothing)
OP(op_new_codes, mfa_new_codes, struct mfa_step_up_in, struct recovery_codes)

static enum err
op_enable(struct ctx *cx, const void *in, void *out)
{
	struct mfa_begun *b = out;

	TRY(mfa_enable(cx, in, &b->begun));
	return b->begun.totp ? qr_svg(cx, b->begun.otpauth_uri, &b->qr_svg) : OK;
}

static int
choose_begun(const void *out)
{
	const struct mfa_begun *b = out;

	return b->begun.totp ? 0 : 1;
}

static int
choose_verified(const void *out)
{
	const struct mfa_verified *v = out;

	return v->set_up ? 1 : 0;
}

static const struct route routes[] = {
	/* 12 */
	{.method = METHOD_POST,
	 .path = "/auth/2fa/enable",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_OTP_SEND,
	 .needs = NEED_VERIFIED_EMAIL | NEED_NO_FACTOR,
	 .in = &auth_mfa_enable_in,
	 .op = op_enable,
	 .out_size = sizeof(struct mfa_begun),
	 .answers = {{200, &auth_mfa_totp}, {200, &auth_mfa_sms}},
	 .choose = choose_begun,
	 .errors = {ERR_INVALID, ERR_EMAIL_NOT_VERIFIED, ERR_REAUTHENTICATION, ERR_CONFLICT,
		    ERR_PHONE_NOT_VERIFIED},
	 .operation = "mfa_enable",
	 .file = "domain/mfa_setup.c",
	 .summary = "Begin to set up a second factor; it is off until it is proven"},
	/* 13 */
	{.method = METHOD_POST,
	 .path = "/auth/2fa/verify",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_OTP_VERIFY,
	 .needs = NEED_NO_FACTOR,
	 .in = &auth_mfa_verify_in,
	 .op = op_verify,
	 .out_size = sizeof(struct mfa_verified),
	 .answers = {{200, &auth_sign_in}, {200, &auth_mfa_enabled}},
	 .choose = choose_verified,
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_MFA_TOKEN, ERR_TOKEN, ERR_NOT_SIGNED_IN,
		    ERR_EMAIL_NOT_VERIFIED, ERR_DEVICE_BLOCKED, ERR_CONFLICT},
	 .operation = "mfa_verify",
	 .file = "domain/mfa_finish.c",
	 .summary = "Finish a sign-in (mfa_token), or prove what is being set up (bearer)"},
	{.method = METHOD_POST,
	 .path = "/auth/2fa/send",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_OTP_SEND,
	 .needs = NEED_NO_FACTOR,
	 .in = &auth_mfa_send_in,
	 .op = op_send,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_mfa_sent}},
	 .errors = {ERR_INVALID, ERR_MFA_TOKEN, ERR_CONFLICT},
	 .operation = "mfa_send",
	 .file = "domain/mfa_finish.c",
	 .summary = "The SMS code of a sign-in that waits, again"},
	{.method = METHOD_POST,
	 .path = "/auth/2fa/disable",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &auth_mfa_step_up_in,
	 .op = op_disable,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_mfa_disabled}},
	 .errors = {ERR_INVALID, ERR_REAUTHENTICATION, ERR_CONFLICT},
	 .operation = "mfa_disable",
	 .file = "domain/mfa_setup.c",
	 .summary = "Turn the second factor off, whatever its method"},
	{.method = METHOD_POST,
	 .path = "/auth/2fa/recovery-codes",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &auth_mfa_step_up_in,
	 .op = op_new_codes,
	 .out_size = sizeof(struct recovery_codes),
	 .answers = {{200, &auth_recovery_codes}},
	 .errors = {ERR_INVALID, ERR_REAUTHENTICATION, ERR_CONFLICT},
	 .operation = "recovery_codes",
	 .file = "domain/mfa_setup.c",
	 .summary = "Ten new recovery codes; the old ones are dead"},
};

const struct surface mfa_surface = {
	.name = "auth",
	.title = "Surface auth, second factor",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
