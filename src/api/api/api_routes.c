/* The rows of surface api. logout-all also stands at /auth/logout-all, which surface auth serves
 * the same. */
#include "api/api/api_routes.h"

#include "api/api/api_shapes.h"
#include "api/special/link_pages.h"
#include "domain/account.h"
#include "domain/login.h"
#include "domain/mfa.h"
#include "domain/recover.h"
#include "domain/refresh.h"

OP(op_verify, verification_confirm, struct verify_in, struct verify_out)
OP(op_resend, preregistration_resend, struct send_verification_in, struct nothing)
OP(op_login, login_password, struct login_in, struct sign_in)
OP(op_mfa, mfa_finish, struct mfa_verify_in, struct sign_in)
OP(op_refresh, session_refresh, struct refresh_in, struct tokens)
OP(op_logout, logout, struct logout_in, struct nothing)
OP(op_logout_all, logout_all, struct nothing, struct nothing)
OP(op_forgot, reset_request, struct reset_request_in, struct nothing)
OP(op_reset, reset_confirm, struct reset_in, struct nothing)
OP(op_me, me, struct nothing, struct user)
OP(op_profile, profile_change, struct profile_in, struct user)

static enum err
op_register(struct ctx *cx, const void *in, void *out)
{
	struct registered *r = out;

	TRY(preregister(cx, in, &r->done));
	r->message =
		str_print(cx->arena, "Verification email sent to %.*s", STR_ARG(r->done.email));
	return OK;
}

#define A "/api/auth"
#define CHANGE_ROW(method_, operation_)                                                            \
	{                                                                                          \
		.method = (method_), .path = "/api/users/me", .access = ACCESS_BEARER,             \
		.limit = THROTTLE_DEFAULT, .in = &api_profile_in, .op = op_profile,                \
		.out_size = sizeof(struct user), .answers = {{200, &api_me_changed}},              \
		.errors = {ERR_INVALID, ERR_REAUTHENTICATION, ERR_PHONE_IS_FACTOR},                \
		.operation = (operation_), .file = "domain/account.c",                             \
		.summary = "Change name or phone; only what is sent"                               \
	}

static const struct route routes[] = {
	{.method = METHOD_POST,
	 .path = A "/register",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REGISTER,
	 .in = &api_register_in,
	 .op = op_register,
	 .out_size = sizeof(struct registered),
	 .answers = {{200, &api_registered}},
	 .errors = {ERR_INVALID, ERR_TAKEN},
	 .operation = "api_register",
	 .file = "domain/preregister.c",
	 .summary = "Pre-register; the account is made when the mailed link is opened"},
	{.method = METHOD_GET,
	 .path = A "/verify",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_VERIFY,
	 .flags = ROUTE_QUERY | ROUTE_ALWAYS,
	 .in = &api_token_query,
	 .op = op_verify,
	 .out_size = sizeof(struct verify_out),
	 .answers = {{200, &api_verified}},
	 .answer = verify_page,
	 .page = link_page_refused,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_ALREADY_VERIFIED},
	 .operation = "api_verify_link",
	 .file = "domain/preregister.c",
	 .summary = "The link in the mail: a page for browsers, the proof for API clients"},
	{.method = METHOD_POST,
	 .path = A "/verify",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_VERIFY,
	 .flags = ROUTE_FORM | ROUTE_ALWAYS,
	 .in = &api_token_in,
	 .op = op_verify,
	 .out_size = sizeof(struct verify_out),
	 .answers = {{200, &api_verified}},
	 .page = verify_page_done,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_ALREADY_VERIFIED, ERR_FORBIDDEN_ORIGIN},
	 .operation = "api_verify",
	 .file = "domain/preregister.c",
	 .summary = "The same, by POST"},
	{.method = METHOD_POST,
	 .path = A "/resend-verification",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESEND,
	 .in = &api_email_in,
	 .op = op_resend,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &api_resent}},
	 .errors = {ERR_INVALID},
	 .operation = "api_resend",
	 .file = "domain/preregister.c",
	 .summary = "Mail the link again"},
	{.method = METHOD_POST,
	 .path = A "/login",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_LOGIN,
	 .in = &api_login_in,
	 .op = op_login,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &api_signed_in}},
	 .errors = {ERR_CREDENTIALS, ERR_MFA_REQUIRED, ERR_EMAIL_NOT_VERIFIED, ERR_ACCOUNT_LOCKED,
		    ERR_ACCOUNT_DELETED, ERR_DEVICE_BLOCKED},
	 .operation = "api_login",
	 .file = "domain/login.c",
	 .summary = "Log in with e-mail and password"},
	{.method = METHOD_POST,
	 .path = A "/2fa/verify",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_OTP_VERIFY,
	 .in = &api_mfa_in,
	 .op = op_mfa,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &api_signed_in}},
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_MFA_TOKEN, ERR_EMAIL_NOT_VERIFIED,
		    ERR_DEVICE_BLOCKED},
	 .operation = "api_mfa_verify",
	 .file = "domain/mfa_finish.c",
	 .summary = "Finish a sign-in with the second factor"},
	{.method = METHOD_POST,
	 .path = A "/refresh",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REFRESH,
	 .in = &api_refresh_in,
	 .op = op_refresh,
	 .out_size = sizeof(struct tokens),
	 .answers = {{200, &api_tokens}},
	 .errors = {ERR_TOKEN, ERR_DEVICE_BLOCKED, ERR_MFA_REQUIRED},
	 .operation = "api_refresh",
	 .file = "domain/refresh.c",
	 .summary = "New tokens for a refresh token, which is used up"},
	{.method = METHOD_GET,
	 .path = "/api/users/me",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_FAST,
	 .needs = NEED_NO_FACTOR,
	 .op = op_me,
	 .out_size = sizeof(struct user),
	 .answers = {{200, &api_me}},
	 .operation = "api_me",
	 .file = "domain/account.c",
	 .summary = "The account that is signed in"},
	CHANGE_ROW(METHOD_PUT, "api_me_put"),
	CHANGE_ROW(METHOD_PATCH, "api_me_patch"),
	{.method = METHOD_POST,
	 .path = A "/logout",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REFRESH,
	 .in = &api_logout_in,
	 .op = op_logout,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &api_logged_out}},
	 .errors = {ERR_TOKEN},
	 .operation = "api_logout",
	 .file = "domain/refresh.c",
	 .summary = "End the session of a refresh token"},
	{.method = METHOD_POST,
	 .path = A "/logout-all",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_REFRESH,
	 .op = op_logout_all,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &api_all_revoked}},
	 .operation = "api_logout_all",
	 .file = "domain/refresh.c",
	 .summary = "End all sessions of the account"},
	{.method = METHOD_POST,
	 .path = A "/password/forgot",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .in = &api_forgot_in,
	 .op = op_forgot,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &api_reset_sent}},
	 .errors = {ERR_INVALID},
	 .operation = "api_forgot",
	 .file = "domain/recover.c",
	 .summary = "Mail a link that sets a new password"},
	{.method = METHOD_POST,
	 .path = A "/password/reset",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .in = &api_reset_in,
	 .op = op_reset,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &api_password_set}},
	 .errors = {ERR_INVALID, ERR_INVALID_LINK},
	 .operation = "api_reset",
	 .file = "domain/recover.c",
	 .summary = "Set a new password with the mailed token"},
};

const struct surface api_surface = {
	.name = "api",
	.title = "Surface api",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
