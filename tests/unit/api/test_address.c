/* Whose request it is: spellings, networks, and whom a proxy may speak for. */
#include "../unit.h"

#include "api/address.h"

static void
test_net(void **state)
{
	static const struct {
		struct str ip, want;
	} rows[] = {
		{S("192.0.2.1"), S("192.0.2.1")},
		{S("2001:db8:1:2:3:4:5:6"), S("2001:db8:1:2::/64")},
		{S("2001:0DB8:0001:0002::1"), S("2001:db8:1:2::/64")},
		{S("::1"), S("::/64")},
		{S("::ffff:192.0.2.1"), S("192.0.2.1")},
		{S("::FFFF:c000:0201"), S("192.0.2.1")},
		{S("fe80::1%eth0"), S("fe80::1%eth0")},
		{S("unix"), S("unix")},
		{S(""), S("")},
		{S("12:34"), S("12:34")},
	};
	struct arena a;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_str(address_net(&a, rows[i].ip), rows[i].want);
	assert_true(str_absent(address_net(&a, STR_NONE)));
	arena_release(&a);
}

#define PROXIES "ALDGATE_SERVER_TRUSTED_PROXIES=127.0.0.1 10.0.0.0/8,192.0.2.128/25 2001:db8:a::/48"

static void
configured(struct config *config, const char *proxies)
{
	char *environment[] = {(char *)(uintptr_t)proxies, NULL};
	struct buf problems, warnings;

	buf_init(&problems, 4096);
	buf_init(&warnings, 4096);
	assert_int_equal(config_read(config, NULL, environment, &problems, &warnings), OK);
	buf_release(&problems);
	buf_release(&warnings);
}

static void
test_client(void **state)
{
	static const struct {
		struct str peer, xff[3], want;
	} rows[] = {
		{S("203.0.113.1"), {S("198.51.100.1")}, S("203.0.113.1")},
		{S("127.0.0.1"), {{NULL, 0}}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("198.51.100.1")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S("6.6.6.6, 198.51.100.1")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S(" 6.6.6.6 ,\t198.51.100.1 ")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S("6.6.6.6,198.51.100.1,10.9.8.7")}, S("198.51.100.1")},
		{S("10.255.0.1"), {S("198.51.100.1,192.0.2.128")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S("198.51.100.1,192.0.2.127")}, S("192.0.2.127")},
		{S("127.0.0.2"), {S("198.51.100.1")}, S("127.0.0.2")},
		{S("127.0.0.1"), {S("10.1.1.1, 10.2.2.2")}, S("10.1.1.1")},
		{S("127.0.0.1"),
		 {S("6.6.6.6"), S("198.51.100.1"), S("10.0.0.1")},
		 S("198.51.100.1")},
		{S("::ffff:127.0.0.1"), {S("198.51.100.1")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S("::ffff:198.51.100.1")}, S("198.51.100.1")},
		{S("2001:db8:a:ffff::1"), {S("2001:DB8:0:0::1")}, S("2001:db8::1")},
		{S("2001:db8:b::1"), {S("198.51.100.1")}, S("2001:db8:b::1")},
		{S("127.0.0.1"), {S("")}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("unknown")}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("198.51.100.1, unknown")}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("198.51.100.1, unknown, 10.0.0.1")}, S("10.0.0.1")},
		{S("127.0.0.1"), {S("198.51.100.1:80")}, S("198.51.100.1")},
		{S("127.0.0.1"), {S("198.51.100")}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("0x7f.1")}, S("127.0.0.1")},
		{S("127.0.0.1"), {S("198.51.100.1\0")}, S("127.0.0.1")},
	};
	struct config config;
	struct arena a;

	configured(&config, PROXIES);
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header headers[4] = {{S("X-Real-Ip"), S("6.6.6.6")}};
		struct http_request rq = {.peer = rows[i].peer, .headers = headers};

		rq.header_count = 1;
		for (size_t j = 0; j < 3 && !str_absent(rows[i].xff[j]); j++)
			headers[rq.header_count++] =
				(struct http_header){S("X-Forwarded-For"), rows[i].xff[j]};
		assert_str(address_client(&a, &config, &rq), rows[i].want);
	}
	arena_release(&a);
	config_release(&config);
}

/* Nobody is believed when nobody is named. */
static void
test_without_proxies(void **state)
{
	static const struct http_header header = {S("X-Forwarded-For"), S("198.51.100.1")};
	static const struct str peers[] = {S("127.0.0.1"), S("unix"), S("::1"), S("10.0.0.1")};
	struct config config;
	struct arena a;

	configured(&config, "ALDGATE_LOG_FORMAT=json");
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		struct http_request rq = {.peer = peers[i], .headers = &header, .header_count = 1};

		assert_str(address_client(&a, &config, &rq), peers[i]);
	}
	arena_release(&a);
	config_release(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_without_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
