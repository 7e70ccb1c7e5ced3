/* The link of a mail: shown to people, taken from API clients, and the form that a page sends. */
#include "ask.h"

static struct str
verification_token(struct domain_case *t)
{
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	assert_true(next_mail(t, &mail));
	return mail.token;
}

#define BROWSER                                                                                    \
	{                                                                                          \
		S("Accept"), S("text/html,application/xhtml+xml,*/*;q=0.8")                        \
	}

static int64_t
proven(struct domain_case *t)
{
	return case_count(t, "select is_email_verified from users");
}

static void
test_link(void **state)
{
	struct domain_case *t = *state;
	struct str token = verification_token(t);
	const char *target =
		str_print(&t->arena, "/auth/email/verify?x=1&token=%.*s", STR_ARG(token)).p;
	struct got g;

	g = ask(t, &(struct ask){METHOD_HEAD, target});
	assert_int_equal(g.an.status, 200);
	g = ask(t, &(struct ask){METHOD_GET, target, {BROWSER}});
	assert_int_equal(g.an.status, 200);
	assert_true(str_starts(g.an.content_type, S("text/html")));
	assert_true(str_has(buf_view(&g.an.body), token));
	assert_str(header(&g, "Referrer-Policy"), S("same-origin"));
	assert_str(header(&g, "Cache-Control"), S("no-store"));
	assert_true(str_has(header(&g, "Content-Security-Policy"), S("form-action 'self'")));
	assert_false(str_has(header(&g, "Content-Security-Policy"), S("unsafe")));
	assert_int_equal(proven(t), 0);
	g = ask(t, &(struct ask){METHOD_GET, target, {{S("Accept"), S("application/json")}}});
	assert_int_equal(g.an.status, 200);
	assert_non_null(json_member(g.json, "user"));
	done(&g);
	assert_int_equal(proven(t), 1);
	is_problem(t, &(struct ask){METHOD_GET, target}, ERR_ALREADY_VERIFIED);
	is_problem(t, &(struct ask){METHOD_GET, "/auth/email/verify"}, ERR_INVALID);
	is_problem(t, &(struct ask){METHOD_GET, "/auth/email/verify?token=x"}, ERR_INVALID_LINK);
	is_problem(t, &(struct ask){METHOD_GET, "/auth/email/verify?token=%zz"}, ERR_INVALID);
	g = ask(t, &(struct ask){
			   METHOD_GET, "/auth/email/verify?token=%22%3E%3Cscript%3E", {BROWSER}});
	assert_false(str_has(buf_view(&g.an.body), S("<script")));
	g = ask(t, &(struct ask){METHOD_GET, "/auth/email/verify?token=", {BROWSER}});
	assert_int_equal(g.an.status, 400);
}

/* A page of ours posts a form, and a page answers it; nobody else's form is taken. */
static void
test_form(void **state)
{
	static const struct {
		struct str origin;
		int status;
	} rows[] = {
		{{NULL, 0}, 403},
		{S("null"), 403},
		{S("http://127.0.0.1:8081"), 403},
		{S("https://127.0.0.1:8080"), 403},
		{S("http://127.0.0.1:8080.evil.example"), 403},
		{S("http://127.0.0.1:8080"), 200},
		{S("http://127.0.0.1:8080"), 409},
	};
	struct domain_case *t = *state;
	struct str token = verification_token(t);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {METHOD_POST,
				"/auth/email/verify",
				{{S("Content-Type"), S("application/x-www-form-urlencoded")},
				 BROWSER},
				str_print(&t->arena, "token=%.*s", STR_ARG(token))};
		struct got g;

		if (!str_absent(rows[i].origin))
			a.headers[2] = (struct http_header){S("Origin"), rows[i].origin};
		g = ask(t, &a);
		assert_int_equal(g.an.status, rows[i].status);
		assert_true(str_starts(g.an.content_type, S("text/html")));
		assert_int_equal(proven(t), rows[i].status != 403);
		assert_false(str_has(buf_view(&g.an.body), S("does not work")));
		assert_int_equal(str_has(buf_view(&g.an.body), S("the link is still good")),
				 rows[i].status == 403);
	}
}

static void
test_own_origin(void **state)
{
	static const struct {
		struct str url, origin;
	} rows[] = {
		{S("https://id.example:443/base"), S("https://id.example")},
		{S("http://ID.example:80"), S("http://id.example")},
		{S("https://id.example:80/"), S("https://id.example:80")},
		{S("http://[::1]:8080/x/y"), S("http://[::1]:8080")},
	};
	struct domain_case *t = *state;
	struct got g;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask a = {METHOD_POST,
				"/auth/email/verify",
				{{S("Content-Type"), S("application/x-www-form-urlencoded")},
				 {S("Origin"), rows[i].origin}},
				S("token=x")};

		t->config.server_public_url = rows[i].url;
		g = ask(t, &a);
		assert_int_equal(g.an.status, 400);
	}
	g = ask(t, &(struct ask){METHOD_GET, "/auth/email/verify?token=x", {BROWSER}});
	assert_true(str_has(buf_view(&g.an.body), S("\"/x/y/auth/email/verify\"")));
}

#define FORM_TYPE                                                                                  \
	{                                                                                          \
		S("Content-Type"), S("application/x-www-form-urlencoded")                          \
	}

/* Before a body is read, and told to people by a page. */
static void
test_throttled(void **state)
{
	static const struct {
		struct ask ask;
		bool page;
	} rows[] = {
		{{METHOD_GET, "/reset?token=x", {BROWSER}}, true},
		{{METHOD_GET, "/undo?token=x", {BROWSER}}, true},
		{{METHOD_GET, "/restore?token=x", {BROWSER}}, true},
		{{METHOD_GET, "/auth/email/verify?token=x", {BROWSER}}, true},
		{{METHOD_GET, "/api/auth/verify?token=x", {BROWSER}}, true},
		{{METHOD_POST, "/auth/password/reset", {FORM_TYPE}}, true},
		{{METHOD_POST, "/auth/email/verify", {FORM_TYPE}}, true},
		{{METHOD_GET, "/reset?token=x"}, false},
		{{METHOD_GET, "/auth/email/verify?token=x"}, false},
		{{METHOD_POST, "/auth/password/reset", {JSON_TYPE, BROWSER}}, false},
	};
	struct domain_case *t = *state;
	struct got g;

	t->config.throttle_enabled = true;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask in = rows[i].ask;
		int left = 200;

		in.body = in.method == METHOD_POST ? S("token=x") : STR_NONE;
		for (g = ask(t, &in); g.an.status != 429 && --left; g = ask(t, &in))
			done(&g);
		assert_int_equal(g.an.status, 429);
		assert_int_equal(g.next, PIPELINE_ANSWERED);
		assert_false(str_absent(header(&g, "Retry-After")));
		assert_false(str_absent(header(&g, "X-Request-Id")));
		assert_int_equal(str_starts(g.an.content_type, S("text/html")), rows[i].page);
		assert_int_equal(str_has(buf_view(&g.an.body), S("Please try again")),
				 rows[i].page);
		done(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_link),
		ROW(test_form),
		ROW(test_own_origin),
		ROW(test_throttled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
