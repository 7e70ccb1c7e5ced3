/* The second factor on surface auth (seed 004): /auth/2fa/…. */
#ifndef API_AUTH_MFA_ROUTES_H
#define API_AUTH_MFA_ROUTES_H

#include "api/route.h"

extern const struct surface mfa_surface;

#endif
