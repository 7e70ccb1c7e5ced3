/* Surface auth: the identity check of the account's owner. */
#ifndef API_AUTH_IDENTITY_ROUTES_H
#define API_AUTH_IDENTITY_ROUTES_H

#include "api/route.h"

extern const struct surface identity_surface;

#endif
