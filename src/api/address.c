/* Whoever has an IPv6 network has 2^64 addresses in it, so they count as one. */
#include "api/address.h"

#include <arpa/inet.h>

static bool
is_mapped(const struct in6_addr *six)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(six->s6_addr, prefix, sizeof prefix) == 0;
}

struct str
address_net(struct arena *a, struct str ip)
{
	struct in6_addr six;
	char text[INET6_ADDRSTRLEN];

	if (str_find(ip, ':') < 0 || inet_pton(AF_INET6, str_z(a, ip), &six) != 1)
		return ip;
	if (is_mapped(&six)) {
		inet_ntop(AF_INET, &six.s6_addr[12], text, sizeof text);
		return str_copy(a, str_of(text));
	}
	memset(&six.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &six, text, sizeof text);
	return str_print(a, "%s/64", text);
}
