/* What is served beside the surfaces: health, keys, the API's description, the front page. */
#ifndef API_SPECIAL_SYSTEM_ROUTES_H
#define API_SPECIAL_SYSTEM_ROUTES_H

#include "api/route.h"

extern const struct surface system_surface;

#endif
