/* Surface admin: what those with the role ADMIN see and do. */
#ifndef API_ADMIN_ADMIN_ROUTES_H
#define API_ADMIN_ADMIN_ROUTES_H

#include "api/route.h"

extern const struct surface admin_surface;

#endif
