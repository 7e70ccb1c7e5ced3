/* What the bodies of surface auth look like. */
#ifndef API_AUTH_AUTH_SHAPES_H
#define API_AUTH_AUTH_SHAPES_H

#include "api/shape.h"

extern const struct shape auth_signup_in, auth_login_in, auth_refresh_in, auth_logout_in,
	auth_send_verification_in, auth_verify_in, auth_verify_query, auth_profile_in,
	auth_reset_request_in, auth_reset_in, auth_change_in, auth_undo_in;
extern const struct shape auth_user, auth_verify_out, auth_sign_in, auth_sign_up_bare, auth_tokens;
extern const struct shape auth_quiet, auth_sent, auth_logged_out, auth_all_revoked, auth_reset_sent,
	auth_password_set, auth_password_changed, auth_undone, auth_email_change_sent,
	auth_restored;

#endif
