/* One-time codes of surface auth: /auth/otp/…. */
#ifndef API_AUTH_OTP_ROUTES_H
#define API_AUTH_OTP_ROUTES_H

#include "api/route.h"

extern const struct surface otp_surface;

#endif
