/* What the bodies of activity_routes.c look like. */
#ifndef API_AUTH_ACTIVITY_SHAPES_H
#define API_AUTH_ACTIVITY_SHAPES_H

#include "api/shape.h"

extern const struct shape auth_page_query, auth_token_id, auth_device_id, auth_device_rename,
	auth_fingerprint_in;
extern const struct shape auth_logins, auth_sessions, auth_devices, auth_device_renamed,
	auth_fingerprint_saved, auth_fingerprint_compared;

#endif
