/* Surface admin: what reviewers of identity checks see and do. */
#ifndef API_ADMIN_REVIEW_ROUTES_H
#define API_ADMIN_REVIEW_ROUTES_H

#include "api/route.h"

extern const struct surface review_surface;

#endif
