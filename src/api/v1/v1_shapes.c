/* One table a body, in the manner of Django REST framework: snake case, `detail` where nothing else
 * is to be said. */
#include "api/v1/v1_shapes.h"

#include "domain/account.h"
#include "domain/devices.h"
#include "domain/login.h"
#include "domain/mfa.h"
#include "domain/recover.h"
#include "domain/refresh.h"
#include "domain/signup.h"
#include "domain/verify.h"

static const struct field register_in[] = {
	{"username", FIELD_USERNAME, FIELD_REQUIRED, AT(struct signup_in, username)},
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct signup_in, email)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct signup_in, phone)},
	{"password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct signup_in, password)},
	{"pass", FIELD_NEW_PASSWORD, FIELD_ALIAS, AT(struct signup_in, password)},
	{"role", FIELD_ROLE_ASKED, FIELD_NULLABLE, AT(struct signup_in, role)},
	{"full_name", FIELD_NAME, FIELD_NULLABLE, AT(struct signup_in, full_name)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct signup_in, device_id)},
};
const struct shape v1_register_in = SHAPE("V1Register", struct signup_in, register_in);

static const struct field login_in[] = {
	{"email", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct login_in, identifier)},
	{"username", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE,
	 AT(struct login_in, identifier)},
	{"phone", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct login_in, identifier)},
	{"identifier", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE,
	 AT(struct login_in, identifier)},
	{"password", FIELD_PASSWORD, FIELD_REQUIRED, AT(struct login_in, password)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct login_in, device_id)},
};
const struct shape v1_login_in = SHAPE("V1Login", struct login_in, login_in);

static const struct field mfa_in[] = {
	{"mfa_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct mfa_verify_in, mfa_token)},
	{"code", FIELD_CODE, FIELD_REQUIRED, AT(struct mfa_verify_in, code)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct mfa_verify_in, device_id)},
};
const struct shape v1_mfa_in = SHAPE("V1MfaVerify", struct mfa_verify_in, mfa_in);

static const struct field refresh_in[] = {
	{"refresh", FIELD_TOKEN, FIELD_REQUIRED, AT(struct refresh_in, refresh_token)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct refresh_in, device_id)},
};
const struct shape v1_refresh_in = SHAPE("V1Refresh", struct refresh_in, refresh_in);

static const struct field logout_in[] = {
	{"refresh", FIELD_TOKEN, FIELD_REQUIRED, AT(struct logout_in, refresh_token)},
};
const struct shape v1_logout_in = SHAPE("V1Logout", struct logout_in, logout_in);

static const struct field email_in[] = {
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct send_verification_in, email)},
};
const struct shape v1_email_in = SHAPE("V1Email", struct send_verification_in, email_in);

static const struct field confirm_in[] = {
	{"otp", FIELD_CODE, FIELD_NULLABLE, AT(struct verify_in, code)},
	{"code", FIELD_CODE, FIELD_NULLABLE | FIELD_ALIAS, AT(struct verify_in, code)},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct verify_in, email)},
	{"token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct verify_in, token)},
};
const struct shape v1_confirm_in = SHAPE("V1EmailConfirm", struct verify_in, confirm_in);

static const struct field reset_request_in[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct reset_request_in, email)},
};
const struct shape v1_reset_request_in =
	SHAPE("V1ResetRequest", struct reset_request_in, reset_request_in);

static const struct field reset_in[] = {
	{"token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct reset_in, token)},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct reset_in, email)},
	{"otp", FIELD_CODE, FIELD_NULLABLE, AT(struct reset_in, code)},
	{"code", FIELD_CODE, FIELD_NULLABLE | FIELD_ALIAS, AT(struct reset_in, code)},
	{"new_password", FIELD_NEW_PASSWORD, FIELD_REQUIRED, AT(struct reset_in, new_password)},
	{"password", FIELD_NEW_PASSWORD, FIELD_ALIAS, AT(struct reset_in, new_password)},
};
const struct shape v1_reset_in = SHAPE("V1ResetConfirm", struct reset_in, reset_in);

static const struct field change_in[] = {
	{"old_password", FIELD_PASSWORD, FIELD_REQUIRED,
	 AT(struct password_change_in, current_password), .known_as = "current_password"},
	{"new_password", FIELD_NEW_PASSWORD, FIELD_REQUIRED,
	 AT(struct password_change_in, new_password)},
};
const struct shape v1_change_in = SHAPE("V1PasswordChange", struct password_change_in, change_in);

static const struct field profile_in[] = {
	{"username", FIELD_USERNAME, FIELD_NULLABLE, AT(struct profile_in, username),
	 SET(struct profile_in, username_set)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct profile_in, phone),
	 SET(struct profile_in, phone_set)},
	{"full_name", FIELD_NAME, FIELD_NULLABLE, AT(struct profile_in, full_name),
	 SET(struct profile_in, full_name_set)},
	{"password", FIELD_PASSWORD, 0, AT(struct profile_in, password)},
};
const struct shape v1_profile_in = SHAPE("V1ProfileChange", struct profile_in, profile_in);

static const struct field id_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct id_in, id)},
};
const struct shape v1_id_in = SHAPE("V1Id", struct id_in, id_in);

static const struct field profile[] = {
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
};
const struct shape v1_profile = SHAPE("V1Profile", struct user, profile);

static const struct field tokens[] = {
	{"access", FIELD_TEXT, 0, AT(struct tokens, access)},
	{"refresh", FIELD_TEXT, 0, AT(struct tokens, refresh)},
	{"access_expires_at", FIELD_TIME, 0, AT(struct tokens, access_expires_at)},
	{"refresh_expires_at", FIELD_TIME, 0, AT(struct tokens, refresh_expires_at)},
	{"sub", FIELD_UUID, 0, AT(struct tokens, user_id)},
};
const struct shape v1_tokens = SHAPE("V1Tokens", struct tokens, tokens);

static const struct field signed_in[] = {
	{"profile", FIELD_OBJECT, 0, AT(struct sign_in, user), .shape = &v1_profile},
	{"tokens", FIELD_OBJECT, 0, AT(struct sign_in, tokens), .shape = &v1_tokens},
};
const struct shape v1_signed_in = SHAPE("V1SignedIn", struct sign_in, signed_in);

static const struct field registered_bare[] = {
	{"profile", FIELD_OBJECT, 0, AT(struct sign_in, user), .shape = &v1_profile},
};
const struct shape v1_registered_bare =
	SHAPE("V1RegisteredWithoutTokens", struct sign_in, registered_bare);

static const struct field verified[] = {
	{"profile", FIELD_OBJECT, 0, AT(struct verify_out, user), .shape = &v1_profile},
};
const struct shape v1_verified = SHAPE("V1Verified", struct verify_out, verified);

static const struct field session_item[] = {
	{"token_id", FIELD_UUID, 0, AT(struct session_item, token_id)},
	{"device_id", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, device_id)},
	{"device_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, device_name)},
	{"ip", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, ip)},
	{"country", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, country)},
	{"user_agent", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, user_agent)},
	{"created_at", FIELD_TIME, 0, AT(struct session_item, created_at)},
	{"last_used_at", FIELD_TIME, 0, AT(struct session_item, last_used_at)},
	{"expires_at", FIELD_TIME, 0, AT(struct session_item, expires_at)},
	{"current", FIELD_BOOLEAN, 0, AT(struct session_item, current)},
};
static const struct shape session_shape = SHAPE("V1Session", struct session_item, session_item);

LIST_SHAPE(v1_sessions, "V1Sessions", struct session_list, &session_shape);

static const struct field device_item[] = {
	{"id", FIELD_UUID, 0, AT(struct device_item, id)},
	{"device_id", FIELD_TEXT, 0, AT(struct device_item, device_id)},
	{"name", FIELD_TEXT, FIELD_NULLABLE, AT(struct device_item, name)},
	{"first_seen_at", FIELD_TIME, 0, AT(struct device_item, first_seen_at)},
	{"last_seen_at", FIELD_TIME, 0, AT(struct device_item, last_seen_at)},
	{"sessions", FIELD_LIST, 0, AT(struct device_item, sessions), .shape = &session_shape},
};
static const struct shape device_shape = SHAPE("V1Device", struct device_item, device_item);

LIST_SHAPE(v1_devices, "V1Devices", struct device_list, &device_shape);

MESSAGE_SHAPE(v1_hidden, "V1RegisterHidden", struct sign_in, "Check your mail to go on.");

#define DETAIL(symbol, name, type, sentence) SENTENCE_SHAPE(symbol, name, type, "detail", sentence)

DETAIL(v1_logged_out, "V1LoggedOut", struct nothing, "Logged out.");
DETAIL(v1_all_logged_out, "V1AllLoggedOut", struct nothing, "All sessions ended.");
DETAIL(v1_code_sent, "V1CodeSent", struct nothing,
       "If the address waits to be verified, a code is on its way.");
DETAIL(v1_reset_sent, "V1ResetSent", struct nothing,
       "If the address belongs to an account, a mail is on its way.");
DETAIL(v1_password_set, "V1PasswordSet", struct nothing,
       "The new password is set. Log in with it.");
DETAIL(v1_password_changed, "V1PasswordChanged", struct nothing, "The password is changed.");
