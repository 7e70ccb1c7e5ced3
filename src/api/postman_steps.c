/*
 * The order in which a collection walks a surface, so that each request finds what it needs. Every
 * row of the surface's route table has at least one step here; `aldgate postman` dies on one that
 * has none. The mail that a step waits for must be the only one under way: whoever sends mails
 * twice waits for the first in between.
 */
#include "api/postman.h"

#define TOKENS_V1 "access=access refresh=refresh"
#define SIGNED_IN_V1 "access=tokens.access refresh=tokens.refresh"
#define TOKENS "access=access_token refresh=refresh_token"

static const struct postman_step v1[] = {
	{"v1_register", STEP_FRESH, "role full_name phone device_id", SIGNED_IN_V1},
	{"v1_login", 0, "device_id", NULL, ERR_EMAIL_NOT_VERIFIED,
	 "A login waits for the address to be verified"},
	{"v1_email_request", STEP_MAIL},
	{"v1_email_resend", STEP_MAIL},
	{"v1_email_confirm", STEP_MAIL, "otp"},
	{"v1_login", 0, "device_id", SIGNED_IN_V1},
	{"v1_mfa_verify", 0, "mfa_token=none code=123456", NULL, ERR_MFA_TOKEN,
	 "Only a login with a second factor needs this"},
	{"v1_token_refresh", 0, "device_id", TOKENS_V1},
	{"v1_refresh", 0, "device_id", TOKENS_V1},
	{"v1_profile"},
	{"v1_profile_put", 0, "full_name"},
	{"v1_profile_patch", 0, "full_name=Ada"},
	{"v1_me"},
	{"v1_me_put", 0, "username"},
	{"v1_me_patch", 0, "phone password"},
	{"v1_sessions", 0, NULL, "session_id=items[1].token_id"},
	{"v1_session_end", 0, "id={{session_id}}"},
	{"v1_devices", 0, NULL, "device=items[0].id"},
	{"v1_device_forget", 0, "id={{device}}"},
	{"v1_profile", 0, NULL, NULL, ERR_TOKEN, "The sessions of that device are over"},
	{"v1_login", 0, "device_id", SIGNED_IN_V1},
	{"v1_password_change"},
	{"v1_logout"},
	{"v1_token_refresh", 0, "device_id", NULL, ERR_TOKEN,
	 "After a logout nothing is refreshed"},
	{"v1_reset_request"},
	{"v1_reset_confirm", STEP_MAIL, "token new_password={{password}}"},
	{"v1_login", 0, "device_id", SIGNED_IN_V1},
	{"v1_kyc_submit", 0, "full_name date_of_birth country document_type documents"},
	{"v1_kyc_status"},
	{"v1_logout_all"},
	{"v1_kyc_webhook", 0,
	 "event_id=evt_1 application_id=00000000-0000-7000-8000-000000000000 status=approved "
	 "occurred_at=2026-01-31T12:00:00Z",
	 NULL, ERR_SIGNATURE, "Only the provider, which signs what it sends, is heard"},
};

static const struct postman_step api[] = {
	{"api_register", STEP_FRESH},
	{"api_verify_link", STEP_MAIL},
	{"api_register", STEP_FRESH},
	{"api_login", 0, "device_id", NULL, ERR_EMAIL_NOT_VERIFIED,
	 "A login waits for the address to be verified"},
	{"api_resend", STEP_MAIL},
	{"api_verify", STEP_MAIL, NULL, NULL, OK, "The token of the link, by POST"},
	{"api_verify", 0, NULL, NULL, ERR_ALREADY_VERIFIED, "The same link again"},
	{"api_login", 0, "device_id", TOKENS},
	{"api_mfa_verify", 0, "mfa_token=none code=123456", NULL, ERR_MFA_TOKEN,
	 "Only a login with a second factor needs this"},
	{"api_refresh", 0, "device_id", TOKENS},
	{"api_me"},
	{"api_me_put", 0, "full_name"},
	{"api_me_patch", 0, "phone password"},
	{"api_logout"},
	{"api_refresh", 0, "device_id", NULL, ERR_TOKEN, "After a logout nothing is refreshed"},
	{"api_forgot"},
	{"api_reset", STEP_MAIL, "password={{new_password}}"},
	{"api_login", 0, "password={{new_password}} device_id", TOKENS},
	{"api_logout_all"},
};

static const struct postman_step auth[] = {
	{"signup", STEP_FRESH},
	{"undo", STEP_MAIL},
	{"signup", STEP_FRESH},
	{"verify_email_link", STEP_MAIL},
	{"signup", STEP_FRESH, "full_name username phone role device_id", TOKENS},
	{"login", 0, "device_id", NULL, ERR_EMAIL_NOT_VERIFIED,
	 "A sign-in waits for the address to be verified"},
	{"send_verification", STEP_MAIL},
	{"verify_email", STEP_MAIL, "code"},
	{"login", 0, "device_id device_name", TOKENS},
	{"refresh", 0, "device_id", TOKENS},
	{"me"},
	{"profile_put", 0, "full_name"},
	{"profile_patch", 0, "phone password"},
	{"password_change"},
	{"logout", STEP_ANONYMOUS, "refresh_token"},
	{"refresh", 0, "device_id", NULL, ERR_TOKEN, "After a logout nothing is refreshed"},
	{"reset_request"},
	{"reset", STEP_MAIL, "token new_password={{password}}"},
	{"login", 0, "device_id device_name", TOKENS},
	{"otp_send", STEP_ANONYMOUS, "email channel purpose", "challenge=challenge_id"},
	{"otp_verify", STEP_MAIL | STEP_ANONYMOUS, "code device_id", TOKENS},
	{"logins"},
	{"login", 0, NULL, "other=session_id"},
	{"session_end", 0, "token_id={{other}}"},
	{"login", 0, NULL, "other=session_id"},
	{"session_end_plural", 0, "token_id={{other}}"},
	{"sessions"},
	{"fingerprint"},
	{"devices", 0, NULL, "device=items[0].id"},
	{"device_rename", 0, "id={{device}} name"},
	{"mfa_enable", 0, "method password"},
	{"mfa_verify", 0, "code=000000", NULL, ERR_INVALID_CODE,
	 "The authenticator's code turns the second factor on; this is none"},
	{"mfa_send", 0, "mfa_token=none", NULL, ERR_MFA_TOKEN,
	 "Only a sign-in with a second factor needs this"},
	{"mfa_disable", 0, "password", NULL, ERR_CONFLICT, "No second factor is on"},
	{"recovery_codes", 0, "password", NULL, ERR_CONFLICT, "No second factor is on"},
	{"email_change", 0, "password new_email"},
	{"email_confirm", 0, "code=000000", NULL, ERR_INVALID_CODE,
	 "The code came to the new address; this is none"},
	{"export", 0, "password"},
	{"device_forget", 0, "id={{device}}"},
	{"login", 0, "device_id", TOKENS},
	{"kyc_submit", 0, "full_name date_of_birth country document_type documents"},
	{"kyc_status"},
	{"close", 0, "password"},
	{"restore", 0, "token=none", NULL, ERR_INVALID_LINK,
	 "The token came with the mail about the deletion; this is none"},
	{"signup", STEP_FRESH, "device_id", TOKENS},
	{"logout_all"},
};

static const struct postman_steps all[] = {
	{"v1", v1, ARRAY_LEN(v1)},
	{"api", api, ARRAY_LEN(api)},
	{"auth", auth, ARRAY_LEN(auth)},
};

const struct postman_steps *
postman_steps_of(struct str surface)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_eq(str_of(all[i].surface), surface))
			return &all[i];
	return NULL;
}
