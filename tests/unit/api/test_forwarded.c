/* X-Forwarded-For in its forms, long lists, the socket as a proxy, and who counts as local. */
#include "../unit.h"

#include "api/address.h"

#define HEADERS_MOST 4

static struct arena arena;

static int
fresh(void **state)
{
	arena_init(&arena, 1 << 22);
	return 0;
}

static int
tidy(void **state)
{
	arena_release(&arena);
	return 0;
}

static void
configure(struct config *config, const char *proxies)
{
	struct buf problems CLEANUP_BUF, warnings CLEANUP_BUF;
	char *environment[2] = {NULL, NULL};

	buf_init(&problems, 4096);
	buf_init(&warnings, 4096);
	environment[0] = arena_alloc(&arena, 512);
	(void)snprintf(environment[0], 512, "ALDGATE_SERVER_TRUSTED_PROXIES=%s", proxies);
	if (config_read(config, NULL, environment, &problems, &warnings) != OK)
		die("%.*s", STR_ARG(buf_view(&problems)));
}

#define TRUSTED "127.0.0.1 10.0.0.0/8 2001:db8:f::/48 unix"

static const struct {
	const char *peer;
	const char *forwarded[HEADERS_MOST]; /* one a header */
	const char *want;
} rows[] = {
	/* A peer that nobody vouches for. */
	{"192.0.2.9", {"203.0.113.7"}, "192.0.2.9"},
	{"192.0.2.9", {"127.0.0.1"}, "192.0.2.9"},
	{"2001:db8::9", {"203.0.113.7"}, "2001:db8::9"},
	{"11.0.0.1", {"203.0.113.7"}, "11.0.0.1"},
	/* A trusted one without a word, or with none that is an address. */
	{"127.0.0.1", {NULL}, "127.0.0.1"},
	{"127.0.0.1", {""}, "127.0.0.1"},
	{"127.0.0.1", {","}, "127.0.0.1"},
	{"127.0.0.1", {", , ,"}, "127.0.0.1"},
	{"127.0.0.1", {"unknown"}, "127.0.0.1"},
	{"127.0.0.1", {"_gate"}, "127.0.0.1"},
	{"127.0.0.1", {"203.0.113.7;"}, "127.0.0.1"},
	{"127.0.0.1", {"999.1.1.1"}, "127.0.0.1"},
	{"127.0.0.1", {"203.0.113.7,"}, "127.0.0.1"},
	/* One hop, in its spellings. */
	{"127.0.0.1", {"203.0.113.7"}, "203.0.113.7"},
	{"127.0.0.1", {" \t203.0.113.7\t "}, "203.0.113.7"},
	{"127.0.0.1", {"203.0.113.7:4711"}, "203.0.113.7"},
	{"127.0.0.1", {"::ffff:203.0.113.7"}, "203.0.113.7"},
	{"127.0.0.1", {"[::ffff:203.0.113.7]:80"}, "203.0.113.7"},
	{"127.0.0.1", {"2001:DB8:0:0::7"}, "2001:db8::7"},
	{"127.0.0.1", {"[2001:db8::7]"}, "2001:db8::7"},
	{"127.0.0.1", {"[2001:db8::7]:443"}, "2001:db8::7"},
	{"10.1.2.3", {"203.0.113.7"}, "203.0.113.7"},
	{"2001:db8:f:1::1", {"203.0.113.7"}, "203.0.113.7"},
	{"unix", {"203.0.113.7"}, "203.0.113.7"},
	{"unix", {NULL}, "unix"},
	/* Several: the right-most that is not trusted. */
	{"127.0.0.1", {"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
	{"127.0.0.1", {"198.51.100.1, 203.0.113.7, 10.0.0.1"}, "203.0.113.7"},
	{"127.0.0.1", {"198.51.100.1,203.0.113.7,10.0.0.1,10.0.0.2"}, "203.0.113.7"},
	{"127.0.0.1", {"10.0.0.1, 203.0.113.7"}, "203.0.113.7"},
	{"127.0.0.1", {"nonsense, 203.0.113.7, 10.0.0.1"}, "203.0.113.7"},
	/* All trusted: the one farthest away. */
	{"127.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	/* What is no address ends the way: nobody vouches for what stands left of it. */
	{"127.0.0.1", {"203.0.113.7, nonsense"}, "127.0.0.1"},
	{"127.0.0.1", {"203.0.113.7, nonsense, 10.0.0.1"}, "10.0.0.1"},
	{"127.0.0.1", {"203.0.113.7, , 10.0.0.1"}, "10.0.0.1"},
	/* Several headers are one list. */
	{"127.0.0.1", {"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
	{"127.0.0.1", {"203.0.113.7", "10.0.0.1"}, "203.0.113.7"},
	{"127.0.0.1", {"198.51.100.1, 203.0.113.7", "10.0.0.1, 10.0.0.2"}, "203.0.113.7"},
	{"127.0.0.1", {"203.0.113.7", "nonsense", "10.0.0.1"}, "10.0.0.1"},
	{"127.0.0.1", {"203.0.113.7", ""}, "127.0.0.1"},
};

static struct str
client_of(const struct config *config, const char *peer, const char *const *forwarded)
{
	struct http_header headers[2 * HEADERS_MOST];
	struct http_request rq = {.peer = str_of(peer), .headers = headers};

	for (size_t i = 0; i < HEADERS_MOST && forwarded[i]; i++) {
		headers[rq.header_count++] = (struct http_header){
			i % 2 ? S("x-forwarded-for") : S("X-Forwarded-For"), str_of(forwarded[i])};
		headers[rq.header_count++] =
			(struct http_header){S("X-Forwarded-Fox"), S("192.0.2.66")};
	}
	return address_client(&arena, config, &rq);
}

static void
clients(void **state)
{
	struct config config;

	configure(&config, TRUSTED);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str got = client_of(&config, rows[i].peer, rows[i].forwarded);

		if (!str_eq(got, str_of(rows[i].want))) {
			print_error("row %zu: %.*s, want %s\n", i, STR_ARG(got), rows[i].want);
			_fail(__FILE__, __LINE__);
		}
	}
	config_release(&config);
}

/* Without the key nobody is believed, and the socket only where it is named. */
static void
nobody_is_trusted_unasked(void **state)
{
	const char *const forwarded[HEADERS_MOST] = {"203.0.113.7"};
	struct config config;

	configure(&config, "");
	assert_str(client_of(&config, "127.0.0.1", forwarded), S("127.0.0.1"));
	assert_str(client_of(&config, "unix", forwarded), S("unix"));
	config_release(&config);
	configure(&config, "127.0.0.1");
	assert_str(client_of(&config, "unix", forwarded), S("unix"));
	config_release(&config);
	configure(&config, "unix");
	assert_str(client_of(&config, "unix", forwarded), S("203.0.113.7"));
	assert_str(client_of(&config, "127.0.0.1", forwarded), S("127.0.0.1"));
	config_release(&config);
}

/* The longest head there can be is one walk. */
static void
long_lists(void **state)
{
	const char *forwarded[HEADERS_MOST] = {NULL};
	struct config config;
	struct buf hops;

	configure(&config, TRUSTED);
	buf_init_arena(&hops, &arena, 1 << 16);
	for (int i = 0; i < 2000; i++)
		buf_z(&hops, "10.0.0.1, ");
	buf_z(&hops, "10.0.0.2");
	forwarded[0] = hops.p;
	assert_str(client_of(&config, "127.0.0.1", forwarded), S("10.0.0.1"));
	buf_clear(&hops);
	for (int i = 0; i < 16000; i++)
		buf_char(&hops, ',');
	assert_str(client_of(&config, "127.0.0.1", forwarded), S("127.0.0.1"));
	config_release(&config);
}

static void
locals(void **state)
{
	static const struct {
		struct str ip;
		struct http_header header;
		bool want;
	} local_rows[] = {
		{S("127.0.0.1"), {S("Accept"), S("x")}, true},
		{S("::1"), {S("Accept"), S("x")}, true},
		{S("unix"), {S("Accept"), S("x")}, true},
		{S("192.0.2.1"), {S("Accept"), S("x")}, false},
		{S("2001:db8::1"), {S("Accept"), S("x")}, false},
		{S("127.0.0.1"), {S("x-forwarded-for"), S("127.0.0.1")}, false},
		{S("127.0.0.1"), {S("Forwarded"), S("for=127.0.0.1")}, false},
		{S("127.0.0.1"), {S("X-Real-IP"), S("127.0.0.1")}, false},
		{S("unix"), {S("Via"), S("1.1 gate")}, false},
		{S("127.0.0.1"), {S("X-Forwarded-Proto"), S("https")}, false},
		{S("127.0.0.1"), {S("X-Forwarded-Host"), S("a.example")}, false},
		{S("127.0.0.1"), {S("CF-Connecting-IP"), S("127.0.0.1")}, false},
		{S("127.0.0.1"), {S("True-Client-IP"), S("127.0.0.1")}, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(local_rows); i++) {
		struct http_request rq = {.headers = &local_rows[i].header, .header_count = 1};

		assert_int_equal(address_is_local(local_rows[i].ip, &rq), local_rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients),
		cmocka_unit_test(nobody_is_trusted_unasked),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(locals),
	};

	return cmocka_run_group_tests(tests, fresh, tidy);
}
