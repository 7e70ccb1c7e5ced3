/* The shapes of addresses that the configuration holds. Private to config*.c. */
#ifndef BASE_CONFIG_URL_H
#define BASE_CONFIG_URL_H

#include "base/str.h"

/* host:port, [IPv6]:port or unix:/path (at most 107 bytes, as a socket's name is). */
bool listen_ok(struct str s);
/* scheme://host[:port] in lower case, nothing behind it. */
bool origin_ok(struct str s);
/* Printable ASCII without spaces; one of the schemes (apart by spaces, without "://"); a host and
 * perhaps a port. */
bool url_ok(struct str s, const char *schemes);
/* What may stand behind that host: nothing, or a path. */
bool url_has_query(struct str s);
/* user[:password]@ in front of the host. */
bool url_has_user(struct str s);
/* https to anywhere, or http to this machine itself by its own name or number; no user, no '#'. */
bool url_is_guarded(struct str s);
/* An address or Name <address>. */
bool sender_ok(struct str s);

#endif
