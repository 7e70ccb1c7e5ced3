/* Client addresses: how they are written, and what counts are kept by. */
#ifndef API_ADDRESS_H
#define API_ADDRESS_H

#include "base/arena.h"
#include "base/str.h"

/* An IPv4 address as it is, an IPv6 one as its /64 ("2001:db8:0:1::/64"), ::ffff:a.b.c.d as a.b.c.d; anything else as it is. */
struct str address_net(struct arena *a, struct str ip);

#endif
