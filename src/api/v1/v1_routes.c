/* The rows of surface v1. Trailing slashes are the seed's; every path is served with and without.
 */
#include "api/v1/v1_routes.h"

#include "api/kyc_shapes.h"
#include "api/special/kyc_webhook.h"
#include "api/v1/v1_shapes.h"
#include "domain/account.h"
#include "domain/devices.h"
#include "domain/kyc_provider.h"
#include "domain/kyc_submit.h"
#include "domain/login.h"
#include "domain/mfa.h"
#include "domain/recover.h"
#include "domain/refresh.h"
#include "domain/signup.h"
#include "domain/verify.h"

OP(op_register, signup, struct signup_in, struct sign_in)
OP(op_login, login_password, struct login_in, struct sign_in)
OP(op_mfa, mfa_finish, struct mfa_verify_in, struct sign_in)
OP(op_refresh, session_refresh, struct refresh_in, struct tokens)
OP(op_logout, logout, struct logout_in, struct nothing)
OP(op_logout_all, logout_all, struct nothing, struct nothing)
OP(op_send, verification_request, struct send_verification_in, struct nothing)
OP(op_confirm, verification_confirm, struct verify_in, struct verify_out)
OP(op_reset_request, reset_request, struct reset_request_in, struct nothing)
OP(op_reset, reset_confirm, struct reset_in, struct nothing)
OP(op_change, password_change, struct password_change_in, struct nothing)
OP(op_me, me, struct nothing, struct user)
OP(op_profile, profile_change, struct profile_in, struct user)
OP(op_devices, devices_list, struct nothing, struct device_list)
OP(op_forget, device_forget, struct id_in, struct nothing)
OP(op_sessions, sessions_list, struct nothing, struct session_list)
OP(op_end, session_end, struct id_in, struct nothing)
OP(op_kyc_submit, kyc_submit, struct kyc_submit_in, struct kyc_submitted)
OP(op_kyc_status, kyc_status, struct nothing, struct kyc_standing)

static int
choose_registered(const void *out)
{
	const struct sign_in *s = out;

	if (s->quiet)
		return 2;
	return s->has_tokens ? 0 : 1;
}

#define P "/api/v1"
#define REFRESH_ROW(path_, operation_)                                                             \
	{                                                                                          \
		.method = METHOD_POST, .path = P path_, .access = ACCESS_PUBLIC,                   \
		.limit = THROTTLE_REFRESH, .in = &v1_refresh_in, .op = op_refresh,                 \
		.out_size = sizeof(struct tokens), .answers = {{200, &v1_tokens}},                 \
		.errors = {ERR_TOKEN, ERR_DEVICE_BLOCKED, ERR_MFA_REQUIRED},                       \
		.operation = (operation_), .file = "domain/refresh.c",                             \
		.summary = "New tokens for a refresh token, which is used up"                      \
	}
#define SEND_ROW(path_, limit_, operation_)                                                        \
	{                                                                                          \
		.method = METHOD_POST, .path = P path_, .access = ACCESS_OPTIONAL,                 \
		.limit = (limit_), .in = &v1_email_in, .op = op_send,                              \
		.out_size = sizeof(struct nothing), .answers = {{200, &v1_code_sent}},             \
		.errors = {ERR_INVALID, ERR_TOKEN, ERR_NOT_SIGNED_IN}, .operation = (operation_),  \
		.file = "domain/verify.c",                                                         \
		.summary = "Mail a new verification code, to the bearer's own address or to the "  \
			   "given one"                                                             \
	}
#define ME_ROW(path_, operation_)                                                                  \
	{                                                                                          \
		.method = METHOD_GET, .path = P path_, .access = ACCESS_BEARER,                    \
		.limit = THROTTLE_DEFAULT, .flags = ROUTE_FAST, .needs = NEED_NO_FACTOR,           \
		.op = op_me, .out_size = sizeof(struct user), .answers = {{200, &v1_profile}},     \
		.operation = (operation_), .file = "domain/account.c",                             \
		.summary = "The account that is signed in"                                         \
	}
#define CHANGE_ROW(method_, path_, operation_)                                                     \
	{                                                                                          \
		.method = (method_), .path = P path_, .access = ACCESS_BEARER,                     \
		.limit = THROTTLE_DEFAULT, .in = &v1_profile_in, .op = op_profile,                 \
		.out_size = sizeof(struct user), .answers = {{200, &v1_profile}},                  \
		.errors = {ERR_INVALID, ERR_TAKEN, ERR_REAUTHENTICATION, ERR_PHONE_IS_FACTOR},     \
		.operation = (operation_), .file = "domain/account.c",                             \
		.summary = "Change name, username or phone; only what is sent"                     \
	}

static const struct route routes[] = {
	{.method = METHOD_POST,
	 .path = P "/register",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REGISTER,
	 .in = &v1_register_in,
	 .op = op_register,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{201, &v1_signed_in}, {201, &v1_registered_bare}, {202, &v1_hidden}},
	 .choose = choose_registered,
	 .errors = {ERR_INVALID, ERR_TAKEN},
	 .operation = "v1_register",
	 .file = "domain/signup.c",
	 .summary = "Register; a verification code follows by mail"},
	{.method = METHOD_POST,
	 .path = P "/login",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_LOGIN,
	 .in = &v1_login_in,
	 .op = op_login,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &v1_signed_in}},
	 .errors = {ERR_CREDENTIALS, ERR_MFA_REQUIRED, ERR_EMAIL_NOT_VERIFIED, ERR_ACCOUNT_LOCKED,
		    ERR_ACCOUNT_DELETED, ERR_DEVICE_BLOCKED},
	 .operation = "v1_login",
	 .file = "domain/login.c",
	 .summary = "Log in with e-mail, username or verified phone, and password"},
	{.method = METHOD_POST,
	 .path = P "/2fa/verify",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_OTP_VERIFY,
	 .in = &v1_mfa_in,
	 .op = op_mfa,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &v1_signed_in}},
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_MFA_TOKEN, ERR_EMAIL_NOT_VERIFIED,
		    ERR_DEVICE_BLOCKED},
	 .operation = "v1_mfa_verify",
	 .file = "domain/mfa_finish.c",
	 .summary = "Finish a sign-in with the second factor"},
	REFRESH_ROW("/token/refresh", "v1_token_refresh"),
	REFRESH_ROW("/refresh", "v1_refresh"),
	{.method = METHOD_POST,
	 .path = P "/logout",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REFRESH,
	 .in = &v1_logout_in,
	 .op = op_logout,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &v1_logged_out}},
	 .errors = {ERR_TOKEN},
	 .operation = "v1_logout",
	 .file = "domain/refresh.c",
	 .summary = "End the session of a refresh token"},
	{.method = METHOD_POST,
	 .path = P "/logout-all",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_REFRESH,
	 .op = op_logout_all,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &v1_all_logged_out}},
	 .operation = "v1_logout_all",
	 .file = "domain/refresh.c",
	 .summary = "End all sessions of the account"},
	SEND_ROW("/email-verification-request", THROTTLE_OTP_SEND, "v1_email_request"),
	SEND_ROW("/email-verification-resend", THROTTLE_RESEND, "v1_email_resend"),
	{.method = METHOD_POST,
	 .path = P "/email-verification-confirm",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_VERIFY,
	 .in = &v1_confirm_in,
	 .op = op_confirm,
	 .out_size = sizeof(struct verify_out),
	 .answers = {{200, &v1_verified}},
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_INVALID_LINK, ERR_ALREADY_VERIFIED,
		    ERR_TOKEN, ERR_NOT_SIGNED_IN},
	 .operation = "v1_email_confirm",
	 .file = "domain/verify.c",
	 .summary = "Prove the address with the mailed code, or the link's token"},
	{.method = METHOD_POST,
	 .path = P "/password-reset/request",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .in = &v1_reset_request_in,
	 .op = op_reset_request,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &v1_reset_sent}},
	 .errors = {ERR_INVALID},
	 .operation = "v1_reset_request",
	 .file = "domain/recover.c",
	 .summary = "Mail a code and a link that set a new password"},
	{.method = METHOD_POST,
	 .path = P "/password-reset/confirm",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .in = &v1_reset_in,
	 .op = op_reset,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &v1_password_set}},
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_INVALID_CODE},
	 .link_code = "invalid_token",
	 .operation = "v1_reset_confirm",
	 .file = "domain/recover.c",
	 .summary = "Set a new password with the mailed token, or e-mail and code"},
	{.method = METHOD_POST,
	 .path = P "/password/change",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &v1_change_in,
	 .op = op_change,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &v1_password_changed}},
	 .errors = {ERR_INVALID},
	 .operation = "v1_password_change",
	 .file = "domain/recover.c",
	 .summary = "Change the password; other sessions end"},
	ME_ROW("/profile", "v1_profile"),
	CHANGE_ROW(METHOD_PUT, "/profile", "v1_profile_put"),
	CHANGE_ROW(METHOD_PATCH, "/profile", "v1_profile_patch"),
	ME_ROW("/me", "v1_me"),
	CHANGE_ROW(METHOD_PUT, "/me", "v1_me_put"),
	CHANGE_ROW(METHOD_PATCH, "/me", "v1_me_patch"),
	{.method = METHOD_GET,
	 .path = P "/devices",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_devices,
	 .out_size = sizeof(struct device_list),
	 .answers = {{200, &v1_devices}},
	 .operation = "v1_devices",
	 .file = "domain/devices.c",
	 .summary = "The devices of the account, with their live sessions"},
	{.method = METHOD_DELETE,
	 .path = P "/devices/{id}",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &v1_id_in,
	 .op = op_forget,
	 .out_size = sizeof(struct nothing),
	 .answers = {{204, NULL}},
	 .errors = {ERR_NOT_FOUND},
	 .operation = "v1_device_forget",
	 .file = "domain/devices.c",
	 .summary = "Forget a device; its sessions end"},
	{.method = METHOD_GET,
	 .path = P "/sessions",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_sessions,
	 .out_size = sizeof(struct session_list),
	 .answers = {{200, &v1_sessions}},
	 .operation = "v1_sessions",
	 .file = "domain/devices.c",
	 .summary = "The live sessions of the account"},
	{.method = METHOD_DELETE,
	 .path = P "/sessions/{id}",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &v1_id_in,
	 .op = op_end,
	 .out_size = sizeof(struct nothing),
	 .answers = {{204, NULL}},
	 .errors = {ERR_NOT_FOUND},
	 .operation = "v1_session_end",
	 .file = "domain/devices.c",
	 .summary = "End one session"},
	{.method = METHOD_POST,
	 .path = P "/kyc/webhook",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_WEBHOOK,
	 .in = &kyc_event_in,
	 .receive = kyc_webhook,
	 .out_size = sizeof(struct kyc_taken),
	 .answers = {{200, &kyc_event_taken}},
	 .errors = {ERR_SIGNATURE, ERR_INVALID},
	 .operation = "v1_kyc_webhook",
	 .file = "domain/kyc_provider.c",
	 .summary = "A provider's verdict on an application, signed by it"},
	{.method = METHOD_POST,
	 .path = P "/kyc/submit",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_UPLOAD,
	 .flags = ROUTE_UPLOAD,
	 .needs = NEED_VERIFIED_EMAIL,
	 .in = &kyc_submit_shape,
	 .op = op_kyc_submit,
	 .out_size = sizeof(struct kyc_submitted),
	 .answers = {{201, &kyc_submitted_shape}},
	 .errors = {ERR_INVALID, ERR_EMAIL_NOT_VERIFIED, ERR_KYC_OPEN, ERR_KYC_APPROVED,
		    ERR_TOO_LARGE, ERR_THROTTLED},
	 .operation = "v1_kyc_submit",
	 .file = "domain/kyc_submit.c",
	 .summary = "Send papers for an identity check, or those that were asked for again"},
	{.method = METHOD_GET,
	 .path = P "/kyc/status",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_kyc_status,
	 .out_size = sizeof(struct kyc_standing),
	 .answers = {{200, &kyc_standing_shape}},
	 .operation = "v1_kyc_status",
	 .file = "domain/kyc_submit.c",
	 .summary = "How the caller's identity check stands"},
};

const struct surface v1_surface = {
	.name = "v1",
	.title = "Surface v1",
	.routes = routes,
	.n = ARRAY_LEN(routes),
	.slash = true,
	.flat_errors = true,
	.token_code = "token_not_valid",
};
