/* What the bodies of /auth/2fa/… look like. */
#ifndef API_AUTH_MFA_SHAPES_H
#define API_AUTH_MFA_SHAPES_H

#include "api/shape.h"
#include "domain/mfa.h"

/* A set-up that began, with the picture of its address. */
struct mfa_begun {
	struct mfa_enabling begun;
	struct str qr_svg;
};

extern const struct shape auth_mfa_enable_in, auth_mfa_verify_in, auth_mfa_send_in,
	auth_mfa_step_up_in;
extern const struct shape auth_mfa_totp, auth_mfa_sms, auth_mfa_enabled, auth_mfa_sent,
	auth_mfa_disabled, auth_recovery_codes;

#endif
