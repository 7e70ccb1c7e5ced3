/* One table a body; the members and their order are those of the seed and of 4-surface-auth.md. */
#include "api/auth/auth_shapes.h"

#include "domain/account.h"
#include "domain/login.h"
#include "domain/recover.h"
#include "domain/refresh.h"
#include "domain/signup.h"
#include "domain/undo.h"
#include "domain/verify.h"

static const struct field signup_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct signup_in, email)},
	{"password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct signup_in, password)},
	{"full_name", FIELD_NAME, FIELD_NULLABLE, AT(struct signup_in, full_name)},
	{"username", FIELD_USERNAME, FIELD_NULLABLE, AT(struct signup_in, username)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct signup_in, phone)},
	{"role", FIELD_ROLE_ASKED, FIELD_NULLABLE, AT(struct signup_in, role)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct signup_in, device_id)},
};
const struct shape auth_signup_in = SHAPE("AuthSignup", struct signup_in, signup_in);

static const struct field login_in[] = {
	{"email", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct login_in, identifier)},
	{"username", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE,
	 AT(struct login_in, identifier)},
	{"phone", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct login_in, identifier)},
	{"identifier", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE,
	 AT(struct login_in, identifier)},
	{"password", FIELD_PASSWORD, FIELD_REQUIRED, AT(struct login_in, password)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct login_in, device_id)},
	{"device_name", FIELD_DEVICE_NAME, FIELD_NULLABLE, AT(struct login_in, device_name)},
	{"fingerprint", FIELD_ATTRIBUTES, FIELD_NULLABLE, AT(struct login_in, fingerprint)},
};
const struct shape auth_login_in = SHAPE("AuthLogin", struct login_in, login_in);

static const struct field refresh_in[] = {
	{"refresh_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct refresh_in, refresh_token)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct refresh_in, device_id)},
};
const struct shape auth_refresh_in = SHAPE("AuthRefresh", struct refresh_in, refresh_in);

static const struct field logout_in[] = {
	{"refresh_token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct logout_in, refresh_token)},
};
const struct shape auth_logout_in = SHAPE("AuthLogout", struct logout_in, logout_in);

static const struct field send_verification_in[] = {
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct send_verification_in, email)},
};
const struct shape auth_send_verification_in =
	SHAPE("AuthSendVerification", struct send_verification_in, send_verification_in);

static const struct field verify_in[] = {
	{"token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct verify_in, token)},
	{"code", FIELD_CODE, FIELD_NULLABLE, AT(struct verify_in, code)},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct verify_in, email)},
};
const struct shape auth_verify_in = SHAPE("AuthVerify", struct verify_in, verify_in);

static const struct field verify_query[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct verify_in, token)},
};
const struct shape auth_verify_query = SHAPE("AuthVerifyQuery", struct verify_in, verify_query);

static const struct field profile_in[] = {
	{"full_name", FIELD_NAME, FIELD_NULLABLE, AT(struct profile_in, full_name),
	 SET(struct profile_in, full_name_set)},
	{"username", FIELD_USERNAME, FIELD_NULLABLE, AT(struct profile_in, username),
	 SET(struct profile_in, username_set)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct profile_in, phone),
	 SET(struct profile_in, phone_set)},
	{"password", FIELD_PASSWORD, 0, AT(struct profile_in, password)},
};
const struct shape auth_profile_in = SHAPE("AuthProfileChange", struct profile_in, profile_in);

static const struct field reset_request_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct reset_request_in, email)},
};
const struct shape auth_reset_request_in =
	SHAPE("AuthResetRequest", struct reset_request_in, reset_request_in);

static const struct field reset_in[] = {
	{"token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct reset_in, token)},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct reset_in, email)},
	{"code", FIELD_CODE, FIELD_NULLABLE, AT(struct reset_in, code)},
	{"new_password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct reset_in, new_password)},
};
const struct shape auth_reset_in = SHAPE("AuthReset", struct reset_in, reset_in);

static const struct field change_in[] = {
	{"current_password", FIELD_PASSWORD, FIELD_REQUIRED,
	 AT(struct password_change_in, current_password)},
	{"new_password", FIELD_NEW_PASSWORD, FIELD_REQUIRED,
	 AT(struct password_change_in, new_password)},
};
const struct shape auth_change_in =
	SHAPE("AuthPasswordChange", struct password_change_in, change_in);

static const struct field undo_in[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct undo_in, token)},
};
const struct shape auth_undo_in = SHAPE("AuthUndo", struct undo_in, undo_in);

static struct str
status_of(const void *whole)
{
	const struct user *u = whole;

	if (u->deleted_at)
		return S("deleted");
	return u->locked_at ? S("locked") : S("active");
}

static const struct field user_out[] = {
	{"id", FIELD_UUID, 0, AT(struct user, id)},
	{"username", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, username)},
	{"email", FIELD_TEXT, 0, AT(struct user, email)},
	{"phone", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, phone)},
	{"full_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, full_name)},
	{"role", FIELD_TEXT, 0, AT(struct user, role)},
	{"is_email_verified", FIELD_BOOLEAN, 0, AT(struct user, is_email_verified)},
	{"is_phone_verified", FIELD_BOOLEAN, 0, AT(struct user, is_phone_verified)},
	{"kyc_status", FIELD_TEXT, 0, AT(struct user, kyc_status)},
	{"created_at", FIELD_TIME, 0, AT(struct user, created_at)},
	{"updated_at", FIELD_TIME, 0, AT(struct user, updated_at)},
	{"status", FIELD_DERIVED, 0, .derive = status_of},
	{"mfa_enabled", FIELD_BOOLEAN, 0, AT(struct user, mfa_enabled)},
	{"last_login_at", FIELD_TIME, FIELD_NULLABLE, AT(struct user, last_login_at)},
};
const struct shape auth_user = SHAPE("AuthUser", struct user, user_out);

static const struct field verify_out[] = {
	{"user", FIELD_OBJECT, 0, AT(struct verify_out, user), .shape = &auth_user},
};
const struct shape auth_verify_out = SHAPE("AuthVerified", struct verify_out, verify_out);

#define TOKEN_FIELDS(type, path)                                                                   \
	{"access_token", FIELD_TEXT, 0, AT(type, path access)},                                    \
		{"refresh_token", FIELD_TEXT, 0, AT(type, path refresh)},                          \
		{"token_type", FIELD_LITERAL, 0, .literal = "Bearer"},                             \
		{"expires_in", FIELD_INTEGER, 0, AT(type, path expires_in)},                       \
		{"refresh_expires_in", FIELD_INTEGER, 0, AT(type, path refresh_expires_in)},       \
	{                                                                                          \
		"session_id", FIELD_UUID, 0, AT(type, path session_id)                             \
	}

static const struct field sign_in[] = {
	{"user", FIELD_OBJECT, 0, AT(struct sign_in, user), .shape = &auth_user},
	TOKEN_FIELDS(struct sign_in, tokens.),
};
const struct shape auth_sign_in = SHAPE("AuthSignIn", struct sign_in, sign_in);

static const struct field sign_up_bare[] = {
	{"user", FIELD_OBJECT, 0, AT(struct sign_in, user), .shape = &auth_user},
};
const struct shape auth_sign_up_bare =
	SHAPE("AuthSignUpWithoutTokens", struct sign_in, sign_up_bare);

static const struct field tokens[] = {
	TOKEN_FIELDS(struct tokens, ),
};
const struct shape auth_tokens = SHAPE("AuthTokens", struct tokens, tokens);

MESSAGE_SHAPE(auth_quiet, "AuthSignUpHidden", struct sign_in, "Check your mail to go on.");
MESSAGE_SHAPE(auth_sent, "AuthVerificationSent", struct nothing,
	      "If the address waits to be verified, a mail is on its way.");
MESSAGE_SHAPE(auth_logged_out, "AuthLoggedOut", struct nothing, "Logged out successfully");
MESSAGE_SHAPE(auth_all_revoked, "AuthAllRevoked", struct nothing, "All sessions revoked");
MESSAGE_SHAPE(auth_reset_sent, "AuthResetSent", struct nothing,
	      "If the address belongs to an account, a mail is on its way.");
MESSAGE_SHAPE(auth_password_set, "AuthPasswordSet", struct nothing,
	      "The new password is set. Sign in with it.");
MESSAGE_SHAPE(auth_password_changed, "AuthPasswordChanged", struct nothing,
	      "The password is changed.");
MESSAGE_SHAPE(auth_undone, "AuthUndone", struct nothing, "It is undone.");
MESSAGE_SHAPE(auth_email_change_sent, "AuthEmailChangeSent", struct nothing,
	      "A code is on its way to the new address.");
MESSAGE_SHAPE(auth_restored, "AuthRestored", struct nothing,
	      "The deletion is taken back. Sign in again.");
