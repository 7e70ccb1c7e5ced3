/* What the bodies of surface api look like. */
#ifndef API_API_API_SHAPES_H
#define API_API_API_SHAPES_H

#include "api/shape.h"
#include "domain/preregister.h"

/* preregister's outcome with the sentence that the seed shows. */
struct registered {
	struct preregister_out done;
	struct str message;
};

extern const struct shape api_register_in, api_token_in, api_token_query, api_email_in,
	api_login_in, api_mfa_in, api_refresh_in, api_logout_in, api_forgot_in, api_reset_in,
	api_profile_in;
extern const struct shape api_registered, api_verified, api_resent, api_signed_in, api_tokens,
	api_me, api_me_changed, api_logged_out, api_all_revoked, api_reset_sent, api_password_set;

#endif
