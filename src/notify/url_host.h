/* The host in an address. */
#ifndef NOTIFY_URL_HOST_H
#define NOTIFY_URL_HOST_H

#include "base/str.h"

/* The host between scheme, credentials, port and path; an IPv6 address without its brackets. */
struct str url_host(struct str url);

#endif
