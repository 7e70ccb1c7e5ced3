/*
 * Walks the rows: a path, its methods, the fields that come in, the answers and errors that go out. Nothing is said here
 * that a row does not say.
 */
#include "api/openapi.h"

#include "api/problem.h"
#include "api/route.h"
#include "base/json_write.h"

static void
pair(struct json_out *w, const char *name, const char *value)
{
	json_key(w, name);
	json_z(w, value);
}

static void
schema_in_content(struct json_out *w, const char *type, const struct route_answer *answers, size_t n)
{
	json_key(w, "content");
	json_open(w);
	json_key(w, type);
	json_open(w);
	json_key(w, "schema");
	if (n > 1) {
		json_open(w);
		json_key(w, "oneOf");
		json_open_list(w);
	}
	for (size_t i = 0; i < n; i++)
		shape_schema(answers[i].shape, false, w);
	if (n > 1) {
		json_close_list(w);
		json_close(w);
	}
	json_close(w);
	json_close(w);
}

/* Answers of one status stand together in the row, and are alternatives. */
static void
write_answers(const struct route *r, struct json_out *w)
{
	char status[8];

	for (size_t i = 0, n; i < ROUTE_ANSWERS && r->answers[i].status; i += n) {
		for (n = 1; i + n < ROUTE_ANSWERS && r->answers[i + n].status == r->answers[i].status;)
			n++;
		(void)snprintf(status, sizeof status, "%d", r->answers[i].status);
		json_key(w, status);
		json_open(w);
		pair(w, "description", status_phrase(r->answers[i].status));
		if (r->answers[i].shape)
			schema_in_content(w, "application/json", &r->answers[i], n);
		json_close(w);
	}
}

static void
write_error(int status, struct json_out *w)
{
	char text[8];

	(void)snprintf(text, sizeof text, "%d", status);
	json_key(w, text);
	json_open(w);
	pair(w, "description", status_phrase(status));
	json_key(w, "content");
	json_raw(w, S("{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}"));
	json_close(w);
}

#define STATUS_MOST 600

static void
write_errors(const struct route *r, struct json_out *w)
{
	static const int always[] = {400, 408, 413, 429, 500, 503};
	bool has[STATUS_MOST] = {false};

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		has[always[i]] = true;
	has[401] |= r->access == ACCESS_BEARER;
	has[415] |= r->in && !(r->flags & ROUTE_QUERY);
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++)
		has[err_row(r->errors[i])->status] = true;
	for (int status = 400; status < STATUS_MOST; status++)
		if (has[status])
			write_error(status, w);
}

static void
write_query(const struct shape *shape, struct json_out *w)
{
	json_key(w, "parameters");
	json_open_list(w);
	for (size_t i = 0; i < shape->n; i++) {
		json_open(w);
		pair(w, "name", shape->fields[i].name);
		pair(w, "in", "query");
		json_key(w, "required");
		json_bool(w, shape->fields[i].flags & FIELD_REQUIRED);
		json_key(w, "schema");
		json_raw(w, S("{\"type\":\"string\"}"));
		json_close(w);
	}
	json_close_list(w);
}

static bool
body_required(const struct shape *shape)
{
	for (size_t i = 0; i < shape->n; i++)
		if (shape->fields[i].flags & (FIELD_REQUIRED | FIELD_ONE_OF))
			return true;
	return false;
}

static void
write_body(const struct shape *shape, struct json_out *w)
{
	json_key(w, "requestBody");
	json_open(w);
	json_key(w, "required");
	json_bool(w, body_required(shape));
	json_key(w, "content");
	json_open(w);
	json_key(w, "application/json");
	json_open(w);
	json_key(w, "schema");
	shape_schema(shape, true, w);
	json_close(w);
	json_close(w);
	json_close(w);
}

static void
security(struct json_out *w, struct str schemes)
{
	json_key(w, "security");
	json_raw(w, schemes);
}

static void
write_operation(const struct surface *s, const struct route *r, struct json_out *w)
{
	static const char *const methods[] = {
		[METHOD_GET] = "get",	[METHOD_POST] = "post",	    [METHOD_PUT] = "put",
		[METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete",
	};

	json_key(w, methods[r->method]);
	json_open(w);
	pair(w, "operationId", r->operation);
	pair(w, "summary", r->summary);
	json_key(w, "tags");
	json_open_list(w);
	json_z(w, s->name);
	json_close_list(w);
	if (r->access == ACCESS_BEARER)
		security(w, S("[{\"bearer\":[]}]"));
	if (r->access == ACCESS_OPTIONAL)
		security(w, S("[{},{\"bearer\":[]}]"));
	if (r->in && r->flags & ROUTE_QUERY)
		write_query(r->in, w);
	else if (r->in)
		write_body(r->in, w);
	json_key(w, "responses");
	json_open(w);
	write_answers(r, w);
	write_errors(r, w);
	json_close(w);
	json_close(w);
}

static bool
path_comes_first(const struct surface *s, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(str_of(s->routes[j].path), str_of(s->routes[i].path)))
			return false;
	return true;
}

static void
write_paths(const struct surface *s, struct json_out *w)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!path_comes_first(s, i))
			continue;
		json_key(w, s->routes[i].path);
		json_open(w);
		for (size_t j = i; j < s->n; j++)
			if (str_eq(str_of(s->routes[j].path), str_of(s->routes[i].path)))
				write_operation(s, &s->routes[j], w);
		json_close(w);
	}
}

void
openapi_write(const struct config *config, struct buf *out)
{
	struct json_out w = json_to(out);
	size_t n;
	const struct surface *const *all = surfaces(&n);

	json_open(&w);
	pair(&w, "openapi", "3.1.0");
	json_key(&w, "info");
	json_open(&w);
	pair(&w, "title", "aldgate");
	pair(&w, "version", ALDGATE_VERSION);
	pair(&w, "summary", "Accounts and authentication");
	json_close(&w);
	json_key(&w, "servers");
	json_open_list(&w);
	json_open(&w);
	json_key(&w, "url");
	json_str(&w, config->server_public_url);
	json_close(&w);
	json_close_list(&w);
	json_key(&w, "paths");
	json_open(&w);
	for (size_t i = 0; i < n; i++)
		if (surface_enabled(config, all[i]))
			write_paths(all[i], &w);
	json_close(&w);
	json_key(&w, "components");
	json_open(&w);
	json_key(&w, "securitySchemes");
	json_raw(&w, S("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"}}"));
	json_key(&w, "schemas");
	json_open(&w);
	json_key(&w, "Problem");
	problem_schema(&w);
	json_close(&w);
	json_close(&w);
	json_close(&w);
}
