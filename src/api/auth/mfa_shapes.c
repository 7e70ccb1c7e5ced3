/* One table a body; 4-surface-auth.md, rows 12 and 13. */
#include "api/auth/mfa_shapes.h"

static const struct field enable_in[] = {
	{"method", FIELD_CODE, FIELD_REQUIRED, AT(struct mfa_enable_in, method)},
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct mfa_enable_in, password)},
};
const struct shape auth_mfa_enable_in = SHAPE("AuthMfaEnable", struct mfa_enable_in, enable_in);

static const struct field verify_in[] = {
	{"mfa_token", FIELD_TOKEN, FIELD_NULLABLE, AT(struct mfa_verify_in, mfa_token)},
	{"code", FIELD_CODE, FIELD_REQUIRED, AT(struct mfa_verify_in, code)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct mfa_verify_in, device_id)},
};
const struct shape auth_mfa_verify_in = SHAPE("AuthMfaVerify", struct mfa_verify_in, verify_in);

static const struct field send_in[] = {
	{"mfa_token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct mfa_send_in, mfa_token)},
};
const struct shape auth_mfa_send_in = SHAPE("AuthMfaSend", struct mfa_send_in, send_in);

static const struct field step_up_in[] = {
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct mfa_step_up_in, password)},
};
const struct shape auth_mfa_step_up_in = SHAPE("AuthMfaStepUp", struct mfa_step_up_in, step_up_in);

static const struct field totp[] = {
	{"secret", FIELD_TEXT, 0, AT(struct mfa_begun, begun.secret)},
	{"otpauth_uri", FIELD_TEXT, 0, AT(struct mfa_begun, begun.otpauth_uri)},
	{"qr_svg", FIELD_TEXT, 0, AT(struct mfa_begun, qr_svg)},
};
const struct shape auth_mfa_totp = SHAPE("AuthMfaTotp", struct mfa_begun, totp);

static const struct field enabled[] = {
	{"enabled", FIELD_BOOLEAN, 0, AT(struct mfa_verified, set_up)},
	{"recovery_codes", FIELD_TEXTS, 0, AT(struct mfa_verified, recovery_codes)},
};
const struct shape auth_mfa_enabled = SHAPE("AuthMfaEnabled", struct mfa_verified, enabled);

static const struct field codes[] = {
	{"recovery_codes", FIELD_TEXTS, 0, AT(struct recovery_codes, codes)},
};
const struct shape auth_recovery_codes = SHAPE("AuthRecoveryCodes", struct recovery_codes, codes);

MESSAGE_SHAPE(auth_mfa_sms, "AuthMfaSms", struct mfa_begun,
	      "A code is on its way to your phone; prove it to turn the factor on.");
MESSAGE_SHAPE(auth_mfa_sent, "AuthMfaSent", struct nothing, "A code is on its way to your phone.");
MESSAGE_SHAPE(auth_mfa_disabled, "AuthMfaDisabled", struct nothing, "The second factor is off.");
