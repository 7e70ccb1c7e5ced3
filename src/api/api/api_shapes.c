/* One table a body; the answers hold exactly the members that seed 003 shows, and what
 * 3-surface-api.md adds. */
#include "api/api/api_shapes.h"

#include "domain/account.h"
#include "domain/login.h"
#include "domain/mfa.h"
#include "domain/recover.h"
#include "domain/refresh.h"

static const struct field register_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct preregister_in, email)},
	{"full_name", FIELD_NAME, FIELD_REQUIRED, AT(struct preregister_in, full_name)},
	{"password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct preregister_in, password)},
};
const struct shape api_register_in = SHAPE("ApiRegister", struct preregister_in, register_in);

static const struct field token_in[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct verify_in, token)},
};
const struct shape api_token_in = SHAPE("ApiVerify", struct verify_in, token_in);
const struct shape api_token_query = SHAPE("ApiVerifyQuery", struct verify_in, token_in);

static const struct field email_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct send_verification_in, email)},
};
const struct shape api_email_in = SHAPE("ApiResend", struct send_verification_in, email_in);

static const struct field login_in[] = {
	{"email", FIELD_IDENTIFIER, FIELD_REQUIRED, AT(struct login_in, identifier)},
	{"password", FIELD_PASSWORD, FIELD_REQUIRED, AT(struct login_in, password)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct login_in, device_id)},
};
const struct shape api_login_in = SHAPE("ApiLogin", struct login_in, login_in);

static const struct field mfa_in[] = {
	{"mfa_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct mfa_verify_in, mfa_token)},
	{"code", FIELD_CODE, FIELD_REQUIRED, AT(struct mfa_verify_in, code)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct mfa_verify_in, device_id)},
};
const struct shape api_mfa_in = SHAPE("ApiMfaVerify", struct mfa_verify_in, mfa_in);

static const struct field refresh_in[] = {
	{"refresh_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct refresh_in, refresh_token)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct refresh_in, device_id)},
};
const struct shape api_refresh_in = SHAPE("ApiRefresh", struct refresh_in, refresh_in);

static const struct field logout_in[] = {
	{"refresh_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct logout_in, refresh_token)},
};
const struct shape api_logout_in = SHAPE("ApiLogout", struct logout_in, logout_in);

static const struct field forgot_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct reset_request_in, email)},
};
const struct shape api_forgot_in = SHAPE("ApiForgot", struct reset_request_in, forgot_in);

static const struct field reset_in[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct reset_in, token)},
	{"password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct reset_in, new_password),
	 .known_as = "new_password"},
};
const struct shape api_reset_in = SHAPE("ApiReset", struct reset_in, reset_in);

static const struct field profile_in[] = {
	{"full_name", FIELD_NAME, FIELD_NULLABLE, AT(struct profile_in, full_name),
	 SET(struct profile_in, full_name_set)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct profile_in, phone),
	 SET(struct profile_in, phone_set)},
	{"password", FIELD_PASSWORD, 0, AT(struct profile_in, password)},
};
const struct shape api_profile_in = SHAPE("ApiProfileChange", struct profile_in, profile_in);

static const struct field registered[] = {
	{"message", FIELD_TEXT, 0, AT(struct registered, message)},
};
const struct shape api_registered = SHAPE("ApiRegistered", struct registered, registered);

static const struct field user[] = {
	{"id", FIELD_UUID, 0, AT(struct user, id)},
	{"email", FIELD_TEXT, 0, AT(struct user, email)},
	{"full_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, full_name)},
	{"role", FIELD_TEXT, 0, AT(struct user, role)},
};
static const struct shape user_shape = SHAPE("ApiUser", struct user, user);

static const struct field signed_in[] = {
	{"access_token", FIELD_TEXT, 0, AT(struct sign_in, tokens.access)},
	{"refresh_token", FIELD_TEXT, 0, AT(struct sign_in, tokens.refresh)},
	{"token_type", FIELD_LITERAL, 0, .literal = "Bearer"},
	{"expires_in", FIELD_INTEGER, 0, AT(struct sign_in, tokens.expires_in)},
	{"user", FIELD_OBJECT, 0, AT(struct sign_in, user), .shape = &user_shape},
};
const struct shape api_signed_in = SHAPE("ApiSignedIn", struct sign_in, signed_in);

static const struct field tokens[] = {
	{"access_token", FIELD_TEXT, 0, AT(struct tokens, access)},
	{"refresh_token", FIELD_TEXT, 0, AT(struct tokens, refresh)},
	{"token_type", FIELD_LITERAL, 0, .literal = "Bearer"},
	{"expires_in", FIELD_INTEGER, 0, AT(struct tokens, expires_in)},
};
const struct shape api_tokens = SHAPE("ApiTokens", struct tokens, tokens);

#define ME_FIELDS                                                                                  \
	{"id", FIELD_UUID, 0, AT(struct user, id)},                                                \
		{"email", FIELD_TEXT, 0, AT(struct user, email)},                                  \
		{"full_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, full_name)},             \
		{"role", FIELD_TEXT, 0, AT(struct user, role)},                                    \
	{                                                                                          \
		"is_email_verified", FIELD_BOOLEAN, 0, AT(struct user, is_email_verified)          \
	}

static const struct field me_fields[] = {ME_FIELDS};
const struct shape api_me = SHAPE("ApiMe", struct user, me_fields);

static const struct field me_changed[] = {
	ME_FIELDS, {"phone", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, phone)}};
const struct shape api_me_changed = SHAPE("ApiMeChanged", struct user, me_changed);

MESSAGE_SHAPE(api_verified, "ApiVerified", struct verify_out,
	      "Email verified successfully. You can now log in.");
MESSAGE_SHAPE(api_resent, "ApiResent", struct nothing,
	      "If a verification is pending for this address, a mail is on its way.");
MESSAGE_SHAPE(api_logged_out, "ApiLoggedOut", struct nothing, "Logged out successfully");
MESSAGE_SHAPE(api_all_revoked, "ApiAllRevoked", struct nothing, "All sessions revoked");
MESSAGE_SHAPE(api_reset_sent, "ApiResetSent", struct nothing,
	      "If the address belongs to an account, a mail is on its way.");
MESSAGE_SHAPE(api_password_set, "ApiPasswordSet", struct nothing,
	      "The new password is set. You can now log in.");
