/*
 * Client addresses. The input's first line is the peer, each other one a header of hops. Whatever a
 * client sends, the hop that our proxy appends decides; and every address has one spelling.
 */
#include "fuzz.h"

#include "api/address.h"
#include "base/net.h"

#define LINES 8

static char trusted[] = "ALDGATE_SERVER_TRUSTED_PROXIES=10.0.0.0/8 unix fd00::/9";
static char *environ_[] = {trusted, NULL};

static void
check_ip(struct ctx *cx, struct str text)
{
	struct str net = address_net(cx->arena, text);
	struct ip_block block;
	struct ip ip, again;

	require(str_eq(address_net(cx->arena, net), net));
	if (ip_parse(text, &ip)) {
		require(ip_parse_hop(ip_text(cx->arena, &ip), &again));
		require(memcmp(&ip, &again, sizeof(ip)) == 0);
		require(ip_block_parse(net, &block) && ip_block_has(&block, &ip));
	}
	if (ip_block_parse(text, &block))
		require(ip_block_has(&block, &block.from));
	(void)url_host(text);
}

/* Whatever the lines say, a trusted peer's own word about who came to it is believed. */
static void
check_appended(struct ctx *cx, struct http_request *rq, struct http_header *headers)
{
	struct str last = headers[rq->header_count - 1].value;

	headers[rq->header_count - 1].value =
		str_print(cx->arena, "%.*s, [2001:db8::7]:443, 10.1.2.3", STR_ARG(last));
	rq->peer = S("unix");
	require(str_eq(address_client(cx->arena, cx->config, rq), S("2001:db8::7")));
	rq->peer = S("192.0.2.1");
	require(str_eq(address_client(cx->arena, cx->config, rq), rq->peer));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start(environ_);
	struct http_header headers[LINES];
	struct http_request rq = {.headers = headers};
	struct str rest = fuzz_text(data, size), line, client;
	struct ip ip;

	if (size == 0 || memchr(data, 0, size) != NULL || !str_cut(&rest, '\n', &rq.peer))
		return 0;
	check_ip(cx, rq.peer);
	while (rq.header_count < LINES && str_cut(&rest, '\n', &line)) {
		check_ip(cx, line);
		headers[rq.header_count++] = (struct http_header){S("X-Forwarded-For"), line};
	}
	client = address_client(cx->arena, cx->config, &rq);
	require(str_eq(client, rq.peer) || ip_parse(client, &ip));
	if (rq.header_count > 0) {
		require(!address_is_local(client, &rq));
		check_appended(cx, &rq, headers);
	}
	return 0;
}
