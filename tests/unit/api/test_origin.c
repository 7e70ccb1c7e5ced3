/* Which origins are told that they may read an answer, and which is ours. */
#include "../unit.h"

#include "api/origin.h"
#include "base/config.h"

#define METHODS S("GET, HEAD, OPTIONS")

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
configure(struct config *config, const char *origins, const char *url)
{
	struct buf problems CLEANUP_BUF, warnings CLEANUP_BUF;
	char *environment[3] = {arena_alloc(&arena, 512), arena_alloc(&arena, 512), NULL};

	buf_init(&problems, 4096);
	buf_init(&warnings, 4096);
	(void)snprintf(environment[0], 512, "ALDGATE_SERVER_CORS_ORIGINS=%s", origins);
	(void)snprintf(environment[1], 512, "ALDGATE_SERVER_PUBLIC_URL=%s", url);
	if (config_read(config, NULL, environment, &problems, &warnings) != OK)
		die("%.*s", STR_ARG(buf_view(&problems)));
}

static struct http_request
request_of(struct http_header *header, const char *origin)
{
	*header = (struct http_header){S("Origin"), str_of(origin)};
	return (struct http_request){.headers = header, .header_count = origin != NULL};
}

static void
listed(void **state)
{
	static const struct {
		const char *origin;
		bool want;
	} rows[] = {
		{"https://app.example", true},
		{"http://localhost:3000", true},
		{"capacitor://localhost", true},
		{"https://app.example:443", false},
		{"https://app.example/", false},
		{"https://APP.example", false},
		{"http://app.example", false},
		{"https://app.example.evil.example", false},
		{"https://evil.example?https://app.example", false},
		{"https://xapp.example", false},
		{"https://app.exampl", false},
		{"http://localhost", false},
		{"http://localhost:30000", false},
		{"null", false},
		{"*", false},
		{"", false},
		{NULL, false},
	};
	struct config config;

	configure(&config, "https://app.example http://localhost:3000, capacitor://localhost",
		  "http://127.0.0.1:8080");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header header;
		struct http_request rq = request_of(&header, rows[i].origin);
		struct http_answer an;
		struct str line = str_print(&arena, "Access-Control-Allow-Origin: %s\r\n",
					    rows[i].origin ? rows[i].origin : "");

		http_answer_init(&an, &arena);
		cors_headers(&config, &rq, &an);
		cors_preflight(&config, &rq, METHODS, &an);
		if (str_has(buf_view(&an.head), line) != rows[i].want ||
		    str_has(buf_view(&an.head), S("Access-Control-")) != rows[i].want) {
			print_error("%s: %.*s\n", rows[i].origin, STR_ARG(buf_view(&an.head)));
			_fail(__FILE__, __LINE__);
		}
		assert_true(str_has(buf_view(&an.head), S("Vary: Origin\r\n")));
		assert_false(str_has(buf_view(&an.head), S("Credentials")));
	}
	config_release(&config);
}

static void
no_list(void **state)
{
	struct http_header header;
	struct http_request rq = request_of(&header, "https://app.example");
	struct config config;
	struct http_answer an;

	configure(&config, "", "https://app.example");
	http_answer_init(&an, &arena);
	cors_headers(&config, &rq, &an);
	cors_preflight(&config, &rq, METHODS, &an);
	assert_str(buf_view(&an.head), S(""));
	config_release(&config);
}

static void
ours(void **state)
{
	static const struct {
		const char *url, *origin;
		bool want;
	} rows[] = {
		{"https://id.example", "https://id.example", true},
		{"https://id.example/base", "https://id.example", true},
		{"https://id.example:443", "https://id.example", true},
		{"http://id.example:80", "http://id.example", true},
		{"http://id.example:443", "http://id.example:443", true},
		{"https://id.example", "http://id.example", false},
		{"https://id.example", "https://id.example:444", false},
		{"https://id.example", "https://id.example.evil.example", false},
		{"https://id.example", "null", false},
		{"https://id.example", NULL, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_header header;
		struct http_request rq = request_of(&header, rows[i].origin);
		struct config config;

		configure(&config, "", rows[i].url);
		if (origin_is_ours(&config, &rq) != rows[i].want) {
			print_error("%s at %s\n", rows[i].origin, rows[i].url);
			_fail(__FILE__, __LINE__);
		}
		config_release(&config);
	}
}

static void
paths(void **state)
{
	static const struct {
		const char *url;
		struct str want;
	} rows[] = {
		{"https://id.example", S("")},
		{"https://id.example/", S("")},
		{"https://id.example/a", S("/a")},
		{"https://[::1]:8080/a/b/", S("/a/b")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config config;

		configure(&config, "", rows[i].url);
		assert_str(public_path(&config), rows[i].want);
		config_release(&config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed),
		cmocka_unit_test(no_list),
		cmocka_unit_test(ours),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, fresh, tidy);
}
