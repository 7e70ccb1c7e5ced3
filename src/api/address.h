/* Client addresses: whose request it is, and what counts are kept by. */
#ifndef API_ADDRESS_H
#define API_ADDRESS_H

#include "api/http.h"
#include "base/config.h"

/*
 * The peer, unless server.trusted_proxies has it: then the right-most hop of X-Forwarded-For that
 * it does not have. A hop that is no address ends the search, since whoever wrote it could have
 * written what stands left of it too: the client is then the last good hop, or the peer.
 */
struct str
address_client(struct arena *a, const struct config *config, const struct http_request *rq);

/* An IPv4 address as it is, an IPv6 one as its /64 ("2001:db8:0:1::/64"), ::ffff:a.b.c.d as
 * a.b.c.d; anything else as it is. */
struct str address_net(struct arena *a, struct str ip);

/* Whether a request was sent on this machine, and not handed on by a proxy that says so. */
bool address_is_local(struct str ip, const struct http_request *rq);

#endif
