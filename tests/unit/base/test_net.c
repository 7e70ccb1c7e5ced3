/* Addresses and blocks of them. */
#include "row.h"

#include "base/net.h"

static void
addresses(void **state)
{
	static const struct {
		struct str input, want; /* absent: none */
	} rows[] = {
		{S("192.0.2.1"), S("192.0.2.1")},
		{S("::ffff:192.0.2.1"), S("192.0.2.1")},
		{S("::ffff:c000:201"), S("192.0.2.1")},
		{S("2001:DB8::1"), S("2001:db8::1")},
		{S("2001:0db8:0:0:0:0:0:1"), S("2001:db8::1")},
		{S("::"), S("::")},
		{S("0.0.0.0"), S("0.0.0.0")},
		{S("192.0.2.01"), STR_NONE},
		{S("192.0.2"), STR_NONE},
		{S("192.0.2.256"), STR_NONE},
		{S("0x7f000001"), STR_NONE},
		{S("2130706433"), STR_NONE},
		{S("fe80::1%eth0"), STR_NONE},
		{S(" 192.0.2.1"), STR_NONE},
		{S("192.0.2.1 "), STR_NONE},
		{S("192.0.2.1\0"), STR_NONE},
		{S("[::1]"), STR_NONE},
		{S("1:2:3:4:5:6:7:8:9"), STR_NONE},
		{S("0000:0000:0000:0000:0000:ffff:255.255.255.255.255.255"), STR_NONE},
		{S(""), STR_NONE},
		{STR_NONE, STR_NONE},
	};
	struct arena arena;
	struct ip ip;

	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool is = ip_parse(rows[i].input, &ip);

		if (is == str_absent(rows[i].want) ||
		    (is && !str_eq(ip_text(&arena, &ip), rows[i].want)))
			fail_row("\"%.*s\"", STR_ARG(rows[i].input));
	}
	arena_release(&arena);
}

static void
hops(void **state)
{
	static const struct {
		struct str input, want;
	} rows[] = {
		{S("192.0.2.1"), S("192.0.2.1")},
		{S("192.0.2.1:1"), S("192.0.2.1")},
		{S("192.0.2.1:65535"), S("192.0.2.1")},
		{S("2001:db8::1"), S("2001:db8::1")},
		{S("[2001:db8::1]"), S("2001:db8::1")},
		{S("[2001:db8::1]:443"), S("2001:db8::1")},
		{S("[::ffff:192.0.2.1]:443"), S("192.0.2.1")},
		{S("192.0.2.1:"), STR_NONE},
		{S("192.0.2.1:65536"), STR_NONE},
		{S("192.0.2.1:-1"), STR_NONE},
		{S("192.0.2.1:8o"), STR_NONE},
		{S("192.0.2.1:80:80"), STR_NONE},
		{S("[192.0.2.1]"), STR_NONE},
		{S("[2001:db8::1"), STR_NONE},
		{S("2001:db8::1]"), STR_NONE},
		{S("[2001:db8::1]443"), STR_NONE},
		{S("[2001:db8::1]:"), STR_NONE},
		{S("[]"), STR_NONE},
		{S("[]:80"), STR_NONE},
		{S("["), STR_NONE},
		{S(":80"), STR_NONE},
		{S("unknown"), STR_NONE},
		{S("_hidden"), STR_NONE},
		{S("\"192.0.2.1\""), STR_NONE},
		{S(""), STR_NONE},
		{STR_NONE, STR_NONE},
	};
	struct arena arena;
	struct ip ip;

	arena_init(&arena, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool is = ip_parse_hop(rows[i].input, &ip);

		if (is == str_absent(rows[i].want) ||
		    (is && !str_eq(ip_text(&arena, &ip), rows[i].want)))
			fail_row("\"%.*s\"", STR_ARG(rows[i].input));
	}
	arena_release(&arena);
}

static void
block_shapes(void **state)
{
	static const struct {
		struct str input;
		bool want;
	} rows[] = {
		{S("10.0.0.0/8"), true},
		{S("10.0.0.1"), true},
		{S("::1"), true},
		{S("fc00::/7"), true},
		{S("::/0"), true},
		{S("1.2.3.4/32"), true},
		{S("1.2.3.4/33"), false},
		{S("::1/129"), false},
		{S("1.2.3.4/"), false},
		{S("1.2.3/8"), false},
		{S("1.2.3.4/-1"), false},
		{S("1.2.3.4/8/8"), false},
		{S("host"), false},
		{S(""), false},
		{S("1.2.3.4\0"), false},
		{S("::ffff:10.0.0.0/8"), false},
		{S("::ffff:0.0.0.0/95"), false},
		{S("::ffff:0.0.0.0/96"), true},
		{STR_NONE, false},
	};
	struct ip_block block;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (ip_block_parse(rows[i].input, &block) != rows[i].want)
			fail_row("\"%.*s\"", STR_ARG(rows[i].input));
}

static void
membership(void **state)
{
	static const struct {
		struct str block, ip;
		bool want;
	} rows[] = {
		{S("10.0.0.0/8"), S("10.255.0.1"), true},
		{S("10.0.0.0/8"), S("::ffff:10.1.1.1"), true},
		{S("10.0.0.0/8"), S("11.0.0.1"), false},
		{S("10.0.0.0/8"), S("a00::"), false},
		{S("192.0.2.128/25"), S("192.0.2.127"), false},
		{S("192.0.2.128/25"), S("192.0.2.128"), true},
		{S("192.0.2.77/25"), S("192.0.2.1"), true},
		{S("192.0.2.1"), S("192.0.2.1"), true},
		{S("192.0.2.1/31"), S("192.0.2.0"), true},
		{S("192.0.2.1/32"), S("192.0.2.0"), false},
		{S("0.0.0.0/0"), S("255.1.2.3"), true},
		{S("0.0.0.0/0"), S("::1"), false},
		{S("::/0"), S("2001:db8::1"), true},
		{S("::/0"), S("192.0.2.1"), false},
		{S("::ffff:10.0.0.0/104"), S("10.9.9.9"), true},
		{S("::ffff:10.0.0.0/104"), S("11.9.9.9"), false},
		{S("::ffff:192.0.2.1"), S("192.0.2.1"), true},
		{S("fc00::/7"), S("fdff::1"), true},
		{S("fc00::/7"), S("fe00::1"), false},
		{S("2001:db8::/127"), S("2001:db8::1"), true},
		{S("2001:db8::/127"), S("2001:db8::2"), false},
		{S("::1"), S("127.0.0.1"), false},
	};
	struct ip_block block;
	struct ip ip;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!ip_block_parse(rows[i].block, &block) || !ip_parse(rows[i].ip, &ip) ||
		    ip_block_has(&block, &ip) != rows[i].want)
			fail_row("%.*s in %.*s", STR_ARG(rows[i].ip), STR_ARG(rows[i].block));
}

static void
loopback(void **state)
{
	static const struct {
		struct str input;
		bool want;
	} rows[] = {
		{S("127.0.0.1"), true},  {S("127.255.255.254"), true},
		{S("::1"), true},        {S("::ffff:127.1.2.3"), true},
		{S("128.0.0.1"), false}, {S("::"), false},
		{S("::2"), false},       {S("7f00::1"), false},
		{S("0.0.0.0"), false},
	};
	struct ip ip;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!ip_parse(rows[i].input, &ip) || ip_is_loopback(&ip) != rows[i].want)
			fail_row("%.*s", STR_ARG(rows[i].input));
}

static void
local_scope(void **state)
{
	static const struct {
		const char *ip;
		bool local;
	} rows[] = {
		{"169.254.169.254", true},
		{"::ffff:169.254.169.254", true},
		{"64:ff9b::a9fe:a9fe", true},
		{"64:ff9b::7f00:1", true},
		{"2002:a9fe:a9fe::1", true},
		{"2002:7f00:1::1", true},
		{"0.0.0.0", true},
		{"0.1.2.3", true},
		{"::", true},
		{"224.0.0.1", true},
		{"255.255.255.255", true},
		{"fe80::1", true},
		{"ff02::1", true},
		{"127.0.0.1", false},
		{"::1", false},
		{"10.0.0.1", false},
		{"192.168.0.1", false},
		{"192.0.2.1", false},
		{"2001:db8::1", false},
		{"64:ff9b::c000:201", false},
		{"fd00::1", false},
	};
	struct ip ip;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!ip_parse(str_of(rows[i].ip), &ip) || ip_is_local_scope(&ip) != rows[i].local)
			fail_row("%s", rows[i].ip);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),    cmocka_unit_test(hops),
		cmocka_unit_test(block_shapes), cmocka_unit_test(membership),
		cmocka_unit_test(loopback),     cmocka_unit_test(local_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
