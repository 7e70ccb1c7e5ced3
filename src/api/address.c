/*
 * X-Forwarded-For is read from its right end, which the nearest proxy wrote; what stands left of
 * the first hop that nobody vouches for is whatever the client sent. Several headers are one list
 * (RFC 9110 5.3). Whoever has an IPv6 network has 2^64 addresses in it, so they count as one.
 */
#include "api/address.h"

static bool
is_trusted(const struct config *config, const struct ip *ip)
{
	for (size_t i = 0; i < config->proxy_blocks_n; i++)
		if (ip_block_has(&config->proxy_blocks[i], ip))
			return true;
	return false;
}

static struct str
trim(struct str s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	return s;
}

static bool
cut_last(struct str *rest, struct str *piece)
{
	const char *comma;

	if (str_absent(*rest))
		return false;
	comma = rest->n ? memrchr(rest->p, ',', rest->n) : NULL;
	if (comma) {
		*piece = str_from(*rest, (size_t)(comma - rest->p) + 1);
		rest->n = (size_t)(comma - rest->p);
	} else {
		*piece = *rest;
		*rest = STR_NONE;
	}
	*piece = trim(*piece);
	return true;
}

/* Follows the hops of one line from its right; false when *client is found. */
static bool
follow(const struct config *config, struct str line, struct ip *client, bool *any)
{
	struct str piece = STR_NONE;
	struct ip hop;

	while (cut_last(&line, &piece)) {
		if (!ip_parse_hop(piece, &hop))
			return false;
		*client = hop;
		*any = true;
		if (!is_trusted(config, &hop))
			return false;
	}
	return true;
}

static bool
peer_is_trusted(const struct config *config, struct str peer)
{
	struct ip ip;

	if (config->proxy_blocks_n == 0 && !config->proxy_unix)
		return false;
	if (str_eq(peer, S("unix")))
		return config->proxy_unix;
	return ip_parse(peer, &ip) && is_trusted(config, &ip);
}

struct str
address_client(struct arena *a, const struct config *config, const struct http_request *rq)
{
	struct ip client;
	bool any = false;

	if (!peer_is_trusted(config, rq->peer))
		return rq->peer;
	for (size_t i = rq->header_count; i-- > 0;)
		if (rq->headers[i].name.n == S("x-forwarded-for").n &&
		    str_eq_nocase(rq->headers[i].name, S("x-forwarded-for")) &&
		    !follow(config, rq->headers[i].value, &client, &any))
			break;
	return any ? ip_text(a, &client) : rq->peer;
}

struct str
address_net(struct arena *a, struct str text)
{
	struct ip ip;

	if (str_find(text, ':') < 0 || !ip_parse(text, &ip))
		return text;
	if (ip_is_v4(&ip))
		return ip_text(a, &ip);
	memset(&ip.b[8], 0, 8);
	return str_print(a, "%.*s/64", STR_ARG(ip_text(a, &ip)));
}

bool
address_is_local(struct str text, const struct http_request *rq)
{
	static const char *const marks[] = {
		"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via",
		"x-real-ip",       "cf-connecting-ip", "true-client-ip"};
	struct ip ip;

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (!str_absent(http_header(rq, marks[i], NULL)))
			return false;
	return str_eq(text, S("unix")) || (ip_parse(text, &ip) && ip_is_loopback(&ip));
}
