/* The rows of surface auth. The numbers are the seed's. */
#include "api/auth/auth_routes.h"

#include "api/auth/account_routes.h"
#include "api/auth/auth_shapes.h"
#include "api/special/link_pages.h"
#include "domain/account.h"
#include "domain/closing.h"
#include "domain/login.h"
#include "domain/recover.h"
#include "domain/refresh.h"
#include "domain/signup.h"
#include "domain/undo.h"
#include "domain/verify.h"

OP(op_signup, signup, struct signup_in, struct sign_in)
OP(op_login, login_password, struct login_in, struct sign_in)
OP(op_refresh, session_refresh, struct refresh_in, struct tokens)
OP(op_logout, logout, struct logout_in, struct nothing)
OP(op_logout_all, logout_all, struct nothing, struct nothing)
OP(op_send_verification, verification_request, struct send_verification_in, struct nothing)
OP(op_verify, verification_confirm, struct verify_in, struct verify_out)
OP(op_reset_request, reset_request, struct reset_request_in, struct nothing)
OP(op_reset, reset_confirm, struct reset_in, struct nothing)
OP(op_change, password_change, struct password_change_in, struct nothing)
OP(op_undo, undo, struct undo_in, struct nothing)
OP(op_me, me, struct nothing, struct user)
OP(op_close, account_close, struct close_in, struct nothing)
OP(op_profile, profile_change, struct profile_in, struct user)

static int
choose_sign_up(const void *out)
{
	const struct sign_in *s = out;

	if (s->quiet)
		return 2;
	return s->has_tokens ? 0 : 1;
}

#define LOGIN_ERRORS                                                                               \
	{                                                                                          \
		ERR_CREDENTIALS, ERR_MFA_REQUIRED, ERR_EMAIL_NOT_VERIFIED, ERR_ACCOUNT_LOCKED,     \
			ERR_ACCOUNT_DELETED, ERR_DEVICE_BLOCKED                                    \
	}

static const struct route routes[] = {
	/* 1 */
	{.method = METHOD_POST,
	 .path = "/auth/signup",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REGISTER,
	 .in = &auth_signup_in,
	 .op = op_signup,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{201, &auth_sign_in}, {201, &auth_sign_up_bare}, {202, &auth_quiet}},
	 .choose = choose_sign_up,
	 .errors = {ERR_INVALID, ERR_TAKEN},
	 .operation = "signup",
	 .file = "domain/signup.c",
	 .summary = "Sign up; a verification mail follows"},
	/* 2 */
	{.method = METHOD_POST,
	 .path = "/auth/login",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_LOGIN,
	 .in = &auth_login_in,
	 .op = op_login,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &auth_sign_in}},
	 .errors = LOGIN_ERRORS,
	 .operation = "login",
	 .file = "domain/login.c",
	 .summary = "Sign in with e-mail, username or verified phone, and password"},
	/* 3 */
	{.method = METHOD_POST,
	 .path = "/auth/token/refresh",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_REFRESH,
	 .in = &auth_refresh_in,
	 .op = op_refresh,
	 .out_size = sizeof(struct tokens),
	 .answers = {{200, &auth_tokens}},
	 .errors = {ERR_TOKEN, ERR_DEVICE_BLOCKED, ERR_MFA_REQUIRED},
	 .operation = "refresh",
	 .file = "domain/refresh.c",
	 .summary = "New tokens for a refresh token, which is used up"},
	/* 4 */
	{.method = METHOD_POST,
	 .path = "/auth/logout",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_REFRESH,
	 .needs = NEED_NO_FACTOR,
	 .in = &auth_logout_in,
	 .op = op_logout,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_logged_out}},
	 .errors = {ERR_TOKEN, ERR_NOT_SIGNED_IN},
	 .operation = "logout",
	 .file = "domain/refresh.c",
	 .summary = "End the session of a refresh token, or of the bearer"},
	{.method = METHOD_POST,
	 .path = "/auth/logout-all",
	 .flags = ROUTE_ALWAYS, /* the address that seed 003 writes */
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_REFRESH,
	 .op = op_logout_all,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_all_revoked}},
	 .operation = "logout_all",
	 .file = "domain/refresh.c",
	 .summary = "End all sessions of the account"},
	/* 5 */
	{.method = METHOD_POST,
	 .path = "/auth/email/send-verification",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_RESEND,
	 .in = &auth_send_verification_in,
	 .op = op_send_verification,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_sent}},
	 .errors = {ERR_INVALID, ERR_TOKEN, ERR_NOT_SIGNED_IN},
	 .operation = "send_verification",
	 .file = "domain/verify.c",
	 .summary = "Mail a new verification code and link"},
	/* 6 */
	{.method = METHOD_POST,
	 .path = "/auth/email/verify",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_VERIFY,
	 .flags = ROUTE_FORM | ROUTE_ALWAYS,
	 .in = &auth_verify_in,
	 .op = op_verify,
	 .out_size = sizeof(struct verify_out),
	 .answers = {{200, &auth_verify_out}, {200, NULL, "text/html"}},
	 .page = verify_page_done,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_INVALID_CODE, ERR_ALREADY_VERIFIED,
		    ERR_TOKEN, ERR_NOT_SIGNED_IN, ERR_FORBIDDEN_ORIGIN},
	 .operation = "verify_email",
	 .file = "domain/verify.c",
	 .summary = "Prove the address with the link's token, or with the code"},
	{.method = METHOD_GET,
	 .path = "/auth/email/verify",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_VERIFY,
	 .flags = ROUTE_QUERY | ROUTE_ALWAYS,
	 .in = &auth_verify_query,
	 .op = op_verify,
	 .out_size = sizeof(struct verify_out),
	 .answers = {{200, &auth_verify_out}, {200, NULL, "text/html"}},
	 .answer = verify_page,
	 .page = link_page_refused,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_ALREADY_VERIFIED},
	 .operation = "verify_email_link",
	 .file = "api/special/link_pages.c",
	 .summary = "The link in the mail: a page for browsers, the proof for API clients"},
	/* 9 */
	{.method = METHOD_POST,
	 .path = "/auth/password/reset-request",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .in = &auth_reset_request_in,
	 .op = op_reset_request,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_reset_sent}},
	 .errors = {ERR_INVALID},
	 .operation = "reset_request",
	 .file = "domain/recover.c",
	 .summary = "Mail a code and a link that set a new password"},
	/* 10 */
	{.method = METHOD_POST,
	 .path = "/auth/password/reset",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .flags = ROUTE_FORM | ROUTE_ALWAYS,
	 .in = &auth_reset_in,
	 .op = op_reset,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_password_set}},
	 .page = reset_page_done,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_INVALID_CODE, ERR_FORBIDDEN_ORIGIN},
	 .operation = "reset",
	 .file = "domain/recover.c",
	 .summary = "Set a new password with the mailed token, or e-mail and code"},
	/* 11 */
	{.method = METHOD_POST,
	 .path = "/auth/password/change",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &auth_change_in,
	 .op = op_change,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_password_changed}},
	 .errors = {ERR_INVALID},
	 .operation = "password_change",
	 .file = "domain/recover.c",
	 .summary = "Change the password; other sessions end"},
	{.method = METHOD_POST,
	 .path = "/auth/undo",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .flags = ROUTE_FORM | ROUTE_ALWAYS,
	 .in = &auth_undo_in,
	 .op = op_undo,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_undone}},
	 .page = undo_page_done,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_ALREADY_VERIFIED, ERR_FORBIDDEN_ORIGIN},
	 .operation = "undo",
	 .file = "domain/undo.c",
	 .summary = "\"This was not me\": take back what a mail told of, or close an unproven "
		    "sign-up"},
	/* 17 */
	{.method = METHOD_GET,
	 .path = "/users/me",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_FAST,
	 .needs = NEED_NO_FACTOR,
	 .op = op_me,
	 .out_size = sizeof(struct user),
	 .answers = {{200, &auth_user}},
	 .operation = "me",
	 .file = "domain/account.c",
	 .summary = "The account that is signed in"},
	/* 18 */
	{.method = METHOD_PUT,
	 .path = "/users/me",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &auth_profile_in,
	 .op = op_profile,
	 .out_size = sizeof(struct user),
	 .answers = {{200, &auth_user}},
	 .errors = {ERR_INVALID, ERR_TAKEN, ERR_REAUTHENTICATION, ERR_PHONE_IS_FACTOR},
	 .operation = "profile_put",
	 .file = "domain/account.c",
	 .summary = "Change name, username or phone; only what is sent"},
	{.method = METHOD_PATCH,
	 .path = "/users/me",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &auth_profile_in,
	 .op = op_profile,
	 .out_size = sizeof(struct user),
	 .answers = {{200, &auth_user}},
	 .errors = {ERR_INVALID, ERR_TAKEN, ERR_REAUTHENTICATION, ERR_PHONE_IS_FACTOR},
	 .operation = "profile_patch",
	 .file = "domain/account.c",
	 .summary = "Change name, username or phone; only what is sent"},
	{.method = METHOD_DELETE,
	 .path = "/users/me",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &account_close_in,
	 .op = op_close,
	 .out_size = sizeof(struct nothing),
	 .answers = {{202, &account_closed}},
	 .errors = {ERR_INVALID, ERR_REAUTHENTICATION, ERR_LAST_ADMIN},
	 .operation = "close",
	 .file = "domain/closing.c",
	 .summary = "Close the account at once; it is erased later, and a mail can take that back"},
};

const struct surface auth_surface = {
	.name = "auth",
	.title = "Surface auth",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
