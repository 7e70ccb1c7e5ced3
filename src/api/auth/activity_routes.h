/* Surface auth: sign-ins, sessions, devices and fingerprints of who asks. */
#ifndef API_AUTH_ACTIVITY_ROUTES_H
#define API_AUTH_ACTIVITY_ROUTES_H

#include "api/route.h"

extern const struct surface activity_surface;

#endif
