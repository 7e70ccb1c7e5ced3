/* Parsing is the C library's; what is ours is the one form for both families, and the blocks. */
#include "base/net.h"

#include <arpa/inet.h>

#define MAPPED_BYTES 12 /* of ::ffff:0:0/96, in front of an IPv4 address */
#define MAPPED_BITS (MAPPED_BYTES * 8)
#define ALL_BITS 128

static const uint8_t mapped[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};

bool
ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->b, mapped, sizeof(mapped)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const struct ip six = {.b = {[15] = 1}};

	return (ip_is_v4(ip) && ip->b[MAPPED_BYTES] == 127) || memcmp(ip, &six, sizeof(six)) == 0;
}

/* The IPv4 address that one of NAT64 (64:ff9b::/96) or 6to4 (2002::/16) leads to, in our form. */
static struct ip
inner_ip(const struct ip *ip)
{
	static const uint8_t nat64[MAPPED_BYTES] = {0x00, 0x64, 0xff, 0x9b};
	struct ip inner = *ip;

	if (memcmp(ip->b, nat64, sizeof(nat64)) == 0)
		memcpy(inner.b, mapped, sizeof(mapped));
	if (ip->b[0] == 0x20 && ip->b[1] == 0x02) {
		memcpy(inner.b, mapped, sizeof(mapped));
		memcpy(inner.b + MAPPED_BYTES, ip->b + 2, 4);
	}
	return inner;
}

bool
ip_is_local_scope(const struct ip *ip)
{
	static const struct ip unspecified = {.b = {0}};
	struct ip inner = inner_ip(ip);
	const uint8_t *four = inner.b + MAPPED_BYTES;

	if (!ip_is_v4(&inner))
		return memcmp(ip, &unspecified, sizeof(*ip)) == 0 || ip->b[0] == 0xff ||
		       (ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80);
	if (!ip_is_v4(ip) && four[0] == 127)
		return true;
	return four[0] == 0 || four[0] >= 224 || (four[0] == 169 && four[1] == 254);
}

bool
host_is_loopback(struct str host)
{
	struct ip ip;

	return str_eq_nocase(host, S("localhost")) || (ip_parse(host, &ip) && ip_is_loopback(&ip));
}

bool
ip_parse(struct str s, struct ip *out)
{
	char text[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET6, text, out->b) == 1)
		return true;
	memcpy(out->b, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out->b + MAPPED_BYTES) == 1;
}

static bool
is_port(struct str s)
{
	int64_t port;

	return s.n > 0 && s.n <= 5 && s.p[0] != '-' && str_int(s, &port) && port <= UINT16_MAX;
}

bool
ip_parse_hop(struct str s, struct ip *out)
{
	struct str host = STR_NONE;

	if (ip_parse(s, out))
		return true;
	if (!str_starts(s, S("[")))
		return str_cut(&s, ':', &host) && is_port(s) && ip_parse(host, out);
	s = str_from(s, 1);
	if (!str_cut(&s, ']', &host) || str_absent(s) || str_find(host, ':') < 0)
		return false;
	return ip_parse(host, out) && (s.n == 0 || (s.p[0] == ':' && is_port(str_from(s, 1))));
}

bool
ip_block_parse(struct str s, struct ip_block *out)
{
	struct str address = STR_NONE;
	struct ip_block block = {.bits = ALL_BITS};
	int64_t prefix;
	bool four;

	if (!str_cut(&s, '/', &address) || !ip_parse(address, &block.from))
		return false;
	four = str_find(address, ':') < 0;
	if (!str_absent(s)) {
		if (s.n == 0 || s.n > 3 || s.p[0] == '-' || !str_int(s, &prefix) ||
		    prefix > (four ? ALL_BITS - MAPPED_BITS : ALL_BITS))
			return false;
		block.bits = (int)prefix + (four ? MAPPED_BITS : 0);
	}
	block.v4 = ip_is_v4(&block.from);
	if (block.v4 && block.bits < MAPPED_BITS)
		return false;
	*out = block;
	return true;
}

bool
ip_block_has(const struct ip_block *block, const struct ip *ip)
{
	size_t whole = (size_t)block->bits / 8;
	int rest = block->bits % 8;

	if (block->v4 != ip_is_v4(ip) || memcmp(block->from.b, ip->b, whole) != 0)
		return false;
	return rest == 0 || (block->from.b[whole] ^ ip->b[whole]) >> (8 - rest) == 0;
}

struct str
ip_text(struct arena *a, const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (ip_is_v4(ip))
		inet_ntop(AF_INET, ip->b + MAPPED_BYTES, text, sizeof(text));
	else
		inet_ntop(AF_INET6, ip->b, text, sizeof(text));
	return str_copy(a, str_of(text));
}

struct str
url_host(struct str url)
{
	struct str rest = url, authority;
	ptrdiff_t end;

	for (size_t i = 0; i + 3 <= url.n; i++) {
		if (memcmp(url.p + i, "://", 3) == 0) {
			rest = str_from(url, i + 3);
			break;
		}
	}
	if (!str_cut(&rest, '/', &authority))
		return S("");
	while ((end = str_find(authority, '@')) >= 0)
		authority = str_from(authority, (size_t)end + 1);
	if (str_starts(authority, S("[")) && (end = str_find(authority, ']')) > 0)
		return (struct str){authority.p + 1, (size_t)end - 1};
	end = str_find(authority, ':');
	return end < 0 ? authority : (struct str){authority.p, (size_t)end};
}
