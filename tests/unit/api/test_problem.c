/* The one form of an error answer. */
#include "../unit.h"

#include "api/problem.h"
#include "base/json_read.h"
#include "base/json_write.h"

struct fixture {
	struct arena arena;
	struct ctx cx;
	struct http_answer an;
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){0};
	arena_init(&f->arena, 1 << 20);
	f->cx.arena = &f->arena;
	f->cx.request_id = S("id-1");
	http_answer_init(&f->an, &f->arena);
}

static struct str
text_of(const struct json *body, const char *name)
{
	return json_string(json_member(body, name));
}

static void
test_every_error(void **state)
{
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		const struct err_row *row = err_row((enum err)e);
		struct json *body CLEANUP_JSON = NULL;
		struct fixture f;
		int64_t status;

		begin(&f);
		problem_answer(&f.cx, (enum err)e, NULL, &f.an);
		assert_int_equal(f.an.status, row->status);
		assert_str(f.an.content_type, S("application/problem+json"));
		assert_int_equal(json_parse_object(NULL, buf_view(&f.an.body), &body), OK);
		assert_str(text_of(body, "type"), S("about:blank"));
		assert_str(text_of(body, "title"), str_of(status_phrase(row->status)));
		assert_false(str_eq(text_of(body, "title"), S("Unknown")));
		assert_true(json_integer(json_member(body, "status"), &status));
		assert_int_equal(status, row->status);
		assert_str(text_of(body, "detail"), str_of(row->sentence));
		assert_str(text_of(body, "code"), str_of(row->code));
		assert_str(text_of(body, "request_id"), S("id-1"));
		assert_null(json_member(body, "errors"));
		assert_int_equal(json_count(body), 6);
		arena_release(&f.arena);
	}
}

static void
test_headers(void **state)
{
	static const struct {
		enum err e;
		int64_t wait;
		struct str want;
	} rows[] = {
		{ERR_NOT_SIGNED_IN, 0, S("WWW-Authenticate: Bearer realm=\"aldgate\"\r\n")},
		{ERR_CREDENTIALS, 0, S("WWW-Authenticate: Bearer realm=\"aldgate\"\r\n")},
		{ERR_TOKEN, 0,
		 S("WWW-Authenticate: Bearer realm=\"aldgate\", error=\"invalid_token\"\r\n")},
		{ERR_THROTTLED, 7, S("Retry-After: 7\r\n")},
		{ERR_THROTTLED, 0, S("Retry-After: 1\r\n")},
		{ERR_UNAVAILABLE, 0, S("Retry-After: 1\r\n")},
		{ERR_OVERLOADED, 2, S("Retry-After: 2\r\n")},
		{ERR_NOT_FOUND, 9, S("")},
		{ERR_INVALID, 0, S("")},
		{OK, 0, S("")},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f;

		begin(&f);
		f.cx.fault.retry_after = rows[i].wait;
		problem_headers(&f.cx, rows[i].e, &f.an);
		assert_str(buf_view(&f.an.head), rows[i].want);
		arena_release(&f.arena);
	}
}

static void
test_fields(void **state)
{
	struct json *body CLEANUP_JSON = NULL;
	const struct json *errors;
	struct fixture f;

	begin(&f);
	buf_z(&f.an.body, "{\"half\":");
	(void)fail(&f.cx, ERR_INVALID, "%s", "a \"detail\"\n");
	(void)fail_field(&f.cx, "email", "one");
	(void)fail_field(&f.cx, "password", "two");
	(void)fail_field(&f.cx, "email", "three");
	problem_answer(&f.cx, ERR_INVALID, NULL, &f.an);
	assert_int_equal(json_parse_object(NULL, buf_view(&f.an.body), &body), OK);
	assert_str(text_of(body, "detail"), S("a \"detail\"\n"));
	errors = json_member(body, "errors");
	assert_int_equal(json_count(errors), 2);
	assert_int_equal(json_count(json_member(errors, "email")), 2);
	assert_str(json_string(json_element(json_member(errors, "email"), 1)), S("three"));
	assert_str(json_string(json_element(json_member(errors, "password"), 0)), S("two"));
	assert_null(json_member(body, "email"));
	arena_release(&f.arena);
}

/* The problem's own members win over fields of the same name. */
static void
test_flat(void **state)
{
	static const struct problem_form form = {.flat = true, .code = "token_not_valid"};
	struct json *body CLEANUP_JSON = NULL;
	struct fixture f;

	begin(&f);
	(void)fail_field(&f.cx, "email", "one");
	(void)fail_field(&f.cx, "code", "two");
	problem_answer(&f.cx, ERR_INVALID, &form, &f.an);
	assert_int_equal(json_parse_object(NULL, buf_view(&f.an.body), &body), OK);
	assert_str(json_string(json_element(json_member(body, "email"), 0)), S("one"));
	assert_str(text_of(body, "code"), S("token_not_valid"));
	assert_int_equal(json_count(json_member(body, "errors")), 2);
	arena_release(&f.arena);
}

static void
test_schema(void **state)
{
	for (int flat = 0; flat < 2; flat++) {
		struct json *schema CLEANUP_JSON = NULL;
		struct json_out w;
		struct buf b;

		buf_init(&b, 4096);
		w = json_to(&b);
		problem_schema(flat, &w);
		assert_int_equal(json_parse_object(NULL, buf_view(&b), &schema), OK);
		assert_int_equal(json_count(json_member(schema, "required")), 6);
		assert_int_equal(json_count(json_member(schema, "properties")), 9);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_fields),      cmocka_unit_test(test_flat),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
