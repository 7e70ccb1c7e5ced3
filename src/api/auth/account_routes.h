/* The account as a whole: its address, its data, its end. /users/me/…. */
#ifndef API_AUTH_ACCOUNT_ROUTES_H
#define API_AUTH_ACCOUNT_ROUTES_H

#include "api/route.h"

extern const struct surface account_surface;
/* Of DELETE /users/me, whose row stands with those of its path. */
extern const struct shape account_close_in, account_closed;

#endif
