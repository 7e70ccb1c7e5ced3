/*
 * IP addresses and blocks of them, as 16 bytes: IPv4 is ::ffff:a.b.c.d, so that every spelling of
 * one address is one value.
 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/str.h"

struct ip {
	uint8_t b[16];
};

struct ip_block {
	struct ip from;
	int bits; /* of its 128 */
	bool v4;  /* blocks hold addresses of their own family only */
};

/* Numeric, nothing around it; false on anything else. */
bool ip_parse(struct str s, struct ip *out);
/*
 * As proxies write a hop: also with a port ("192.0.2.1:80", "[2001:db8::1]:80") or in brackets
 * alone.
 */
bool ip_parse_hop(struct str s, struct ip *out);
/* "10.0.0.0/8", or one address. Not "::ffff:10.0.0.0/8": only a part of that is IPv4. */
bool ip_block_parse(struct str s, struct ip_block *out);
bool ip_block_has(const struct ip_block *block, const struct ip *ip);

bool ip_is_v4(const struct ip *ip);
/* 127.0.0.0/8 or ::1. */
bool ip_is_loopback(const struct ip *ip);
/*
 * Neighbours on the wire, all of them at once, or nobody (RFC 6890): where no server of somebody
 * else stands, but the metadata service of a cloud does. Also when the IPv4 address stands inside
 * an IPv6 one (mapped, NAT64, 6to4).
 */
bool ip_is_local_scope(const struct ip *ip);
/* "localhost", or an address of this machine written out in full. */
bool host_is_loopback(struct str host);
struct str ip_text(struct arena *a, const struct ip *ip);

/* The host of a URL, without scheme, credentials, port and path; an IPv6 address without its
 * brackets. */
struct str url_host(struct str url);

#endif
