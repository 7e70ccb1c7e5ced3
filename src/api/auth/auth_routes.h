/* Surface auth (seed 004): /auth/…, /users/me. */
#ifndef API_AUTH_AUTH_ROUTES_H
#define API_AUTH_AUTH_ROUTES_H

#include "api/route.h"

extern const struct surface auth_surface;

#endif
