/* Surface v1 (seeds 000, 001, 002): /api/v1/… */
#ifndef API_V1_V1_ROUTES_H
#define API_V1_V1_ROUTES_H

#include "api/route.h"

extern const struct surface v1_surface;

#endif
