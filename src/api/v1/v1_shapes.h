/* What the bodies of surface v1 look like. */
#ifndef API_V1_V1_SHAPES_H
#define API_V1_V1_SHAPES_H

#include "api/shape.h"

extern const struct shape v1_register_in, v1_login_in, v1_mfa_in, v1_refresh_in, v1_logout_in,
	v1_email_in, v1_confirm_in, v1_reset_request_in, v1_reset_in, v1_change_in, v1_profile_in,
	v1_id_in;
extern const struct shape v1_signed_in, v1_registered_bare, v1_tokens, v1_verified, v1_profile,
	v1_sessions, v1_devices;
extern const struct shape v1_hidden, v1_logged_out, v1_all_logged_out, v1_code_sent, v1_reset_sent,
	v1_password_set, v1_password_changed;

#endif
