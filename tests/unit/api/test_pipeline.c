/* One request through its phases, without a socket: what each phase refuses, and what every answer
 * carries. */
#include "ask.h"

#include "store/device_block.h"

static void
test_match(void **state)
{
	struct domain_case *t = *state;
	struct got g;

	is_problem(t, &(struct ask){METHOD_GET, "/nowhere"}, ERR_NOT_FOUND);
	is_problem(t, &(struct ask){METHOD_OPTIONS, "/nowhere"}, ERR_NOT_FOUND);
	is_problem(t, &(struct ask){METHOD_GET, "/auth/login"}, ERR_METHOD);
	is_problem(t, &(struct ask){METHOD_OTHER, "/auth/login"}, ERR_METHOD);
	g = ask(t, &(struct ask){METHOD_DELETE, "/auth/email/verify/"});
	assert_int_equal(g.an.status, 405);
	assert_str(header(&g, "Allow"), S("GET, HEAD, POST, OPTIONS"));
	done(&g);
	g = ask(t, &(struct ask){METHOD_OPTIONS, "/auth/login/"});
	assert_int_equal(g.next, PIPELINE_ANSWERED);
	assert_int_equal(g.an.status, 204);
	assert_str(header(&g, "Allow"), S("POST, OPTIONS"));
	assert_true(str_absent(header(&g, "Access-Control-Allow-Origin")));
	g = ask(t, &(struct ask){METHOD_OPTIONS, "*"});
	assert_int_equal(g.an.status, 204);
}

static void
test_where_it_runs(void **state)
{
	struct domain_case *t = *state;
	struct got g = ask(t, &(struct ask){METHOD_GET, "/healthz"});

	assert_int_equal(g.next, PIPELINE_FAST);
	assert_int_equal(g.an.status, 200);
	assert_str(member_text(&g, "status"), S("ok"));
	done(&g);
	g = ask(t, &(struct ask){METHOD_HEAD, "/readyz"});
	assert_int_equal(g.an.status, 200);
	done(&g);
	g = ask(t, &(struct ask){METHOD_GET, "/openapi.json"});
	assert_int_equal(g.next, PIPELINE_WORK);
	assert_int_equal(g.an.status, 200);
	done(&g);
}

static void
test_bodies(void **state)
{
	static const struct {
		struct str type, body;
		enum err want;
	} rows[] = {
		{{NULL, 0}, {NULL, 0}, ERR_INVALID},
		{{NULL, 0}, S("{}"), ERR_INVALID},
		{S("application/json"), S("{}"), ERR_INVALID},
		{S("Application/JSON ; charset=utf-8"), S("{}"), ERR_INVALID},
		{S("text/plain"), {NULL, 0}, ERR_INVALID},
		{S("text/plain"), S("{}"), ERR_MEDIA_TYPE},
		{S(""), S("{}"), ERR_MEDIA_TYPE},
		{S("application/jsonx"), S("{}"), ERR_MEDIA_TYPE},
		{S("application/x-www-form-urlencoded"), S("a=b"), ERR_MEDIA_TYPE},
		{S("application/json"), S("[]"), ERR_MALFORMED},
		{S("application/json"), S("{\"a\":1,\"a\":2}"), ERR_MALFORMED},
		{S("application/json"), S("{"), ERR_MALFORMED},
		{S("application/json"), S("{\"a\":\"\xff\"}"), ERR_MALFORMED},
		{S("application/json"), S("\xef\xbb\xbf{}"), ERR_MALFORMED},
	};
	struct domain_case *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask in = {METHOD_POST, "/auth/login", .body = rows[i].body};

		if (!str_absent(rows[i].type))
			in.headers[0] = (struct http_header){S("Content-Type"), rows[i].type};
		is_problem(t, &in, rows[i].want);
	}
}

/* What is wrong with several fields is told at once, the role among them. */
static void
test_fields_together(void **state)
{
	static const char *const fields[] = {"email", "password", "role"};
	struct domain_case *t = *state;
	struct got g = ask(
		t, &(struct ask){METHOD_POST,
				 "/api/v1/register/",
				 {JSON_TYPE},
				 S("{\"username\":\"ada\",\"email\":\"x\",\"role\":\"KING\"}")});

	assert_int_equal(g.an.status, 400);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		assert_non_null(json_member(json_member(g.json, "errors"), fields[i]));
	done(&g);
}

/* The head alone decides, so that nobody's body is read for nothing. */
static void
test_401_before_the_body(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct str good = bearer_of(t, in.tokens.access);
	struct str odd = str_print(&t->arena, "bEARER   %.*s", STR_ARG(in.tokens.access));
	const struct {
		struct str first, second; /* Authorization */
		enum err want;
	} rows[] = {
		{STR_NONE, STR_NONE, ERR_NOT_SIGNED_IN},
		{S("Basic YTpi"), STR_NONE, ERR_NOT_SIGNED_IN},
		{S("Bearer"), STR_NONE, ERR_NOT_SIGNED_IN},
		{S("Bearer x"), STR_NONE, ERR_TOKEN},
		{bearer_of(t, in.tokens.refresh), STR_NONE, ERR_TOKEN},
		{good, good, ERR_TOKEN},
		{good, STR_NONE, ERR_MALFORMED},
		{odd, STR_NONE, ERR_MALFORMED},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {METHOD_PUT, "/users/me", .body = S("{")};
		bool read = rows[i].want == ERR_MALFORMED;
		struct got g;

		if (!str_absent(rows[i].first))
			a.headers[0] = (struct http_header){S("AUTHORIZATION"), rows[i].first};
		if (!str_absent(rows[i].second))
			a.headers[1] = (struct http_header){S("Authorization"), rows[i].second};
		g = ask(t, &a);
		assert_int_equal(g.next, read ? PIPELINE_WORK : PIPELINE_ANSWERED);
		assert_int_equal(str_absent(header(&g, "WWW-Authenticate")), read);
		done(&g);
		is_problem(t, &a, rows[i].want);
	}
}

static enum err
block_phone(struct ctx *cx, void *arg UNUSED)
{
	struct device_block b = {.device_id = S("phone"), .reason = S("lost"), .created_at = START};

	return device_block_put(cx, &b);
}

/* Where a bearer may be left out, what else identifies serves beside that of a blocked device. */
static void
test_blocked_device(void **state)
{
	static const struct {
		const char *path;
		struct str body;
		enum err want;
	} rows[] = {
		{"/users/me/email", S("{}"), ERR_DEVICE_BLOCKED},
		{"/api/v1/email-verification-request/", S("{}"), ERR_DEVICE_BLOCKED},
		{"/api/v1/email-verification-request/", S("{\"email\":\"ada@example.com\"}"), OK},
		{"/api/v1/email-verification-confirm/", S("{\"otp\":\"123456\"}"),
		 ERR_DEVICE_BLOCKED},
		{"/auth/email/send-verification", S("{}"), ERR_DEVICE_BLOCKED},
		{"/auth/otp/send", S("{\"channel\":\"email\"}"), ERR_DEVICE_BLOCKED},
		{"/auth/logout", S("{}"), OK},
	};
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct got g;

	case_count(t, "update sessions set device_id = 'phone'");
	must(store_write(&t->cx, block_phone, NULL));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {
			METHOD_POST,
			rows[i].path,
			{JSON_TYPE, {S("Authorization"), bearer_of(t, in.tokens.access)}},
			rows[i].body,
		};

		if (rows[i].want != OK) {
			is_problem(t, &a, rows[i].want);
			continue;
		}
		g = ask(t, &a);
		assert_int_equal(g.an.status, 200);
		done(&g);
	}
	assert_int_equal(case_count(t, "select count(*) from sessions where revoked_at is null "
				       "and device_id = 'phone'"),
			 0);
}

static void
test_ended_session(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct ask a = {METHOD_PUT,
			"/users/me",
			{{S("Authorization"), bearer_of(t, in.tokens.access)}},
			S("{")};

	case_count(t, "update sessions set revoked_at = 5");
	is_problem(t, &a, ERR_TOKEN);
	a = (struct ask){METHOD_GET, "/users/me", {a.headers[0]}};
	is_problem(t, &a, ERR_TOKEN);
}

static void
test_request_id(void **state)
{
	static const struct {
		struct str sent;
		bool taken;
	} rows[] = {
		{S("abc-DEF_1.2"), true},
		{S("0123456789012345678901234567890123456789"
		   "012345678901234567890123"),
		 true},
		{S("0123456789012345678901234567890123456789"
		   "0123456789012345678901234"),
		 false},
		{S(""), false},
		{S("a b"), false},
		{S("a\"b"), false},
		{S("a\r\nX: y"), false},
		{S("\xc3\xa4"), false},
		{{NULL, 0}, false},
	};
	struct domain_case *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {METHOD_GET, "/healthz", {{S("x-request-ID"), rows[i].sent}}};
		struct got g;
		struct str id;

		if (str_absent(rows[i].sent))
			a.headers[0].name = S("X-Other");
		g = ask(t, &a);
		id = header(&g, "X-Request-Id");
		if (rows[i].taken)
			assert_str(id, rows[i].sent);
		else
			assert_int_equal(id.n, 16);
		done(&g);
	}
}

static void
test_rates(void **state)
{
	struct domain_case *t = *state;
	struct ask a = {METHOD_POST, "/auth/login", {JSON_TYPE}, S("{}")};
	struct got g = ask(t, &a);

	assert_str(header(&g, "RateLimit-Policy"), S("\"login\";q=120;w=60"));
	assert_str(header(&g, "RateLimit"), S("\"login\";r=119;t=1"));
	done(&g);
	for (int i = 1; i < 120; i++) {
		g = ask(t, &a);
		assert_int_equal(g.an.status, 400);
		done(&g);
	}
	g = ask(t, &a);
	assert_int_equal(g.next, PIPELINE_ANSWERED);
	assert_int_equal(g.an.status, 429);
	assert_str(header(&g, "Retry-After"), S("1"));
	assert_str(header(&g, "RateLimit"), S("\"login\";r=0;t=60"));
	done(&g);
	a.peer = S("192.0.2.2");
	is_problem(t, &a, ERR_INVALID);
	a.peer = S("192.0.2.1");
	pass(SECOND);
	is_problem(t, &a, ERR_INVALID);
	t->config.throttle_enabled = false;
	for (int i = 0; i < 10; i++)
		is_problem(t, &a, ERR_INVALID);
	g = ask(t, &(struct ask){METHOD_GET, "/.well-known/jwks.json"});
	assert_true(str_absent(header(&g, "RateLimit-Policy")));
	done(&g);
}

/* A /64 is one client. */
static void
test_rates_of_a_network(void **state)
{
	struct domain_case *t = *state;
	struct ask a = {METHOD_POST, "/auth/login", {JSON_TYPE}, S("{}")};

	for (int i = 0; i < 120; i++) {
		a.peer = str_print(&t->arena, "2001:db8::%x", i + 1);
		is_problem(t, &a, ERR_INVALID);
	}
	is_problem(t, &a, ERR_THROTTLED);
	a.peer = S("2001:db8:0:1::1");
	is_problem(t, &a, ERR_INVALID);
}

static void
test_every_answer(void **state)
{
	static const struct ask rows[] = {
		{METHOD_GET, "/healthz"},
		{METHOD_GET, "/nowhere"},
		{METHOD_GET, "/"},
		{METHOD_GET, "/users/me"},
		{METHOD_OPTIONS, "/users/me"},
		{METHOD_GET, "/auth/email/verify"},
		{METHOD_GET, "/openapi.json"},
		{METHOD_POST, "/auth/login"},
	};
	struct domain_case *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct got g = ask(t, &rows[i]);

		assert_true(header(&g, "Content-Security-Policy").n > 10);
		assert_true(header(&g, "Referrer-Policy").n > 5);
		assert_true(header(&g, "X-Request-Id").n > 10);
		assert_true(str_absent(header(&g, "Vary")));
		done(&g);
	}
	assert_true(str_has(pipeline_common_headers(&t->cx), S("X-Content-Type-Options: nosniff")));
	assert_false(str_has(pipeline_common_headers(&t->cx), S("Strict-Transport-Security")));
	t->config.server_public_url = S("https://id.example");
	assert_true(str_has(pipeline_common_headers(&t->cx), S("Strict-Transport-Security")));
}

static struct str listed[] = {{"https://app.example", 19}, {"http://localhost:3000", 21}};

static void
test_cors(void **state)
{
	static const struct {
		struct str origin;
		bool allowed;
	} rows[] = {
		{S("https://app.example"), true},
		{S("http://localhost:3000"), true},
		{S("https://app.example:443"), false},
		{S("http://app.example"), false},
		{S("https://app.example.evil.example"), false},
		{S("https://xapp.example"), false},
		{S("null"), false},
		{S("*"), false},
		{S(""), false},
	};
	struct domain_case *t = *state;

	t->config.server_cors_origins = (struct str_list){listed, ARRAY_LEN(listed)};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {METHOD_OPTIONS,
				"/auth/login",
				{{S("Origin"), rows[i].origin},
				 {S("Access-Control-Request-Method"), S("POST")}}};
		struct got g = ask(t, &a);

		assert_int_equal(g.an.status, 204);
		assert_int_equal(!str_absent(header(&g, "Access-Control-Allow-Origin")),
				 rows[i].allowed);
		assert_int_equal(!str_absent(header(&g, "Access-Control-Allow-Methods")),
				 rows[i].allowed);
		assert_true(str_absent(header(&g, "Access-Control-Allow-Credentials")));
		assert_str(header(&g, "Vary"), S("Origin"));
		if (rows[i].allowed)
			assert_str(header(&g, "Access-Control-Allow-Origin"), rows[i].origin);
		a.method = METHOD_GET;
		g = ask(t, &a);
		assert_int_equal(g.an.status, 405);
		assert_int_equal(!str_absent(header(&g, "Access-Control-Allow-Origin")),
				 rows[i].allowed);
		done(&g);
	}
}

static void
test_user_agent(void **state)
{
	struct domain_case *t = *state;
	struct buf many;
	const struct {
		struct str sent;
		size_t kept;
	} rows[] = {
		{S("test/1"), 6},
		{S("a\tb"), 0},
		{S("a\xff"), 0},
		{S(""), 0},
	};
	struct got g;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		g = ask(t,
			&(struct ask){METHOD_GET, "/healthz", {{S("User-Agent"), rows[i].sent}}});
		assert_int_equal(g.job->caller.user_agent.n, rows[i].kept);
		done(&g);
	}
	buf_init_arena(&many, &t->arena, 1024);
	buf_char(&many, 'a');
	for (int i = 0; i < 200; i++)
		buf_z(&many, "\xc3\xa4");
	g = ask(t, &(struct ask){METHOD_GET, "/healthz", {{S("User-Agent"), buf_view(&many)}}});
	assert_int_equal(g.job->caller.user_agent.n, 255);
	done(&g);
}

static void
test_sign_up(void **state)
{
	struct domain_case *t = *state;
	struct ask a = {METHOD_POST,
			"/auth/signup",
			{JSON_TYPE},
			S("{\"email\":\"ada@example.com\",\"password\":\"" PASSWORD "\",\"id\":1,"
			  "\"is_email_verified\":true,\"username\":null}")};
	struct got g = ask(t, &a);

	assert_int_equal(g.an.status, 201);
	assert_str(g.an.content_type, S("application/json"));
	assert_str(header(&g, "Cache-Control"), S("no-store"));
	assert_int_equal(json_count(g.json), 7);
	assert_true(member_text(&g, "access_token").n > 100);
	assert_false(str_has(buf_view(&g.an.body), S("argon2")));
	done(&g);
	is_problem(t, &a, ERR_TAKEN);
	t->config.privacy_hide_existing_accounts = true;
	g = ask(t, &a);
	assert_int_equal(g.an.status, 202);
	assert_int_equal(json_count(g.json), 1);
	done(&g);
	t->config.privacy_hide_existing_accounts = false;
	t->config.signup_issue_tokens = false;
	a.body = S("{\"email\":\"bob@example.com\",\"password\":\"" PASSWORD "\"}");
	g = ask(t, &a);
	assert_int_equal(g.an.status, 201);
	assert_int_equal(json_count(g.json), 1);
	assert_non_null(json_member(g.json, "user"));
	done(&g);
}

/* What the HTTP layer refuses, with and without a head. */
static void
test_refusals(void **state)
{
	struct domain_case *t = *state;
	struct http_request rq = {.path = S(""), .peer = S("192.0.2.1")};
	struct job *job = NULL;
	struct got g = {0};

	http_answer_init(&g.an, &t->arena);
	pipeline_refuse(&t->cx, &t->arena, &rq, &job, ERR_TOO_LARGE, &g.an);
	assert_int_equal(g.an.status, 413);
	assert_non_null(job);
	assert_str(g.an.content_type, S("application/problem+json"));
	assert_true(header(&g, "X-Request-Id").n > 10);
	http_answer_init(&g.an, &t->arena);
	pipeline_refuse(&t->cx, &t->arena, &rq, &job, ERR_OVERLOADED, &g.an);
	assert_str(header(&g, "Retry-After"), S("1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_match),
		ROW(test_where_it_runs),
		ROW(test_bodies),
		ROW(test_fields_together),
		ROW(test_401_before_the_body),
		ROW(test_blocked_device),
		ROW(test_ended_session),
		ROW(test_request_id),
		ROW(test_rates),
		ROW(test_rates_of_a_network),
		ROW(test_every_answer),
		ROW(test_cors),
		ROW(test_user_agent),
		ROW(test_sign_up),
		ROW(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
