/* Surface api (seed 003): /api/auth/…, /api/users/me */
#ifndef API_API_API_ROUTES_H
#define API_API_API_ROUTES_H

#include "api/route.h"

extern const struct surface api_surface;

#endif
