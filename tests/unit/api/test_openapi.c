/* The description of the API says what the tables say, all of it and nothing else. */
#include "../unit.h"

#include "api/openapi.h"
#include "api/route.h"
#include "base/json_read.h"

static struct str everything[] = {{"v1", 2}, {"api", 3}, {"auth", 4}, {"admin", 5}};

struct document {
	struct config config;
	struct buf text;
	struct json *json;
};

static void
write(struct document *d, size_t surfaces_on)
{
	*d = (struct document){
		.config = {.server_public_url = S("https://id.example/base"),
			   .surfaces_enabled = {everything, surfaces_on}},
	};
	buf_init(&d->text, OPENAPI_MAX);
	openapi_write(&d->config, &d->text);
	assert_false(d->text.full);
	assert_int_equal(json_parse_object(NULL, buf_view(&d->text), &d->json), OK);
}

static void
release(struct document *d)
{
	json_free(&d->json);
	buf_release(&d->text);
}

static const struct json *
operation_of(const struct document *d, const struct route *r)
{
	static const char *const methods[] = {
		[METHOD_GET] = "get",     [METHOD_POST] = "post",     [METHOD_PUT] = "put",
		[METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete",
	};

	return json_member(json_member(json_member(d->json, "paths"), r->path), methods[r->method]);
}

static const struct json *
answer_of(const struct json *operation, int status)
{
	char text[8];

	snprintf(text, sizeof(text), "%d", status);
	return json_member(json_member(operation, "responses"), text);
}

/* What a reference leads to. */
static const struct json *
target(const struct document *d, const struct json *schema)
{
	const struct str head = S("#/components/schemas/");
	struct str ref = json_string(json_member(schema, "$ref"));
	char name[128];

	assert_true(str_starts(ref, head));
	snprintf(name, sizeof(name), "%.*s", STR_ARG(str_from(ref, head.n)));
	return json_member(json_member(json_member(d->json, "components"), "schemas"), name);
}

/* One schema, or several to choose from; each reference leads somewhere. */
static void
check_schema(const struct document *d, const struct json *schema)
{
	const struct json *list = json_member(schema, "oneOf");

	for (size_t i = 0; i < json_count(list); i++)
		assert_non_null(target(d, json_element(list, i)));
	if (!list)
		assert_non_null(target(d, schema));
}

static void
check_row(const struct document *d, const struct surface *s, const struct route *r)
{
	const struct json *op = operation_of(d, r);

	if (!op)
		print_error("%s\n", r->path);
	assert_non_null(op);
	assert_str(json_string(json_member(op, "operationId")), str_of(r->operation));
	assert_str(json_string(json_member(op, "summary")), str_of(r->summary));
	assert_str(json_string(json_element(json_member(op, "tags"), 0)), str_of(s->name));
	assert_int_equal(json_member(op, "security") != NULL, r->access != ACCESS_PUBLIC);
	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].status; i++) {
		const struct json *a = answer_of(op, r->answers[i].status);
		const char *type = r->answers[i].shape ? "application/json" : r->answers[i].type;

		assert_non_null(a);
		if (!type)
			continue;
		a = json_member(json_member(json_member(a, "content"), type), "schema");
		assert_non_null(a);
		if (r->answers[i].shape)
			check_schema(d, a);
	}
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++)
		assert_non_null(answer_of(op, err_row(r->errors[i])->status));
	assert_int_equal(answer_of(op, 415) != NULL, r->in && !(r->flags & ROUTE_QUERY));
	if (r->access == ACCESS_BEARER)
		assert_non_null(answer_of(op, 401));
}

static void
test_every_row(void **state)
{
	struct document d;
	size_t n, rows = 0, found = 0;
	const struct surface *const *all = surfaces(&n);
	const struct json *path, *paths;
	void *at = NULL;
	struct str name;

	write(&d, ARRAY_LEN(everything));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < all[i]->n; j++, rows++)
			check_row(&d, all[i], &all[i]->routes[j]);
	paths = json_member(d.json, "paths");
	while (json_next(paths, &at, &name, &path))
		found += json_count(path);
	assert_int_equal(found, rows);
	release(&d);
}

static void
test_surfaces_off(void **state)
{
	struct document d;
	size_t n;
	const struct surface *const *all = surfaces(&n);

	write(&d, 0);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < all[i]->n; j++) {
			const struct route *r = &all[i]->routes[j];

			assert_int_equal(operation_of(&d, r) != NULL,
					 route_enabled(&d.config, all[i], r));
		}
	assert_non_null(json_member(json_member(d.json, "paths"), "/healthz"));
	assert_null(json_member(json_member(d.json, "paths"), "/auth/login"));
	release(&d);
}

static void
test_frame(void **state)
{
	const struct json *components, *server;
	struct document d;

	write(&d, ARRAY_LEN(everything));
	assert_str(json_string(json_member(d.json, "openapi")), S("3.1.0"));
	server = json_element(json_member(d.json, "servers"), 0);
	assert_str(json_string(json_member(server, "url")), S("https://id.example/base"));
	components = json_member(d.json, "components");
	assert_non_null(json_member(json_member(components, "schemas"), "Problem"));
	assert_non_null(json_member(json_member(components, "securitySchemes"), "bearer"));
	release(&d);
}

static void
test_login(void **state)
{
	struct document d;
	struct config config = {.surfaces_enabled = {everything, ARRAY_LEN(everything)}};
	const struct json *op, *schema;
	bool needed;

	write(&d, ARRAY_LEN(everything));
	op = operation_of(&d, route_find(&config, METHOD_POST, S("/auth/login")).route);
	schema = json_member(op, "requestBody");
	assert_true(json_boolean(json_member(schema, "required"), &needed) && needed);
	schema = json_member(json_member(json_member(schema, "content"), "application/json"),
			     "schema");
	schema = target(&d, schema);
	assert_int_equal(json_count(json_member(schema, "oneOf")), 4);
	assert_str(json_string(json_element(json_member(schema, "required"), 0)), S("password"));
	op = operation_of(&d, route_find(&config, METHOD_POST, S("/auth/email/verify")).route);
	assert_int_equal(json_count(json_member(json_member(op, "requestBody"), "content")), 2);
	release(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_surfaces_off),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
