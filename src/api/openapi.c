/*
 * Walks the rows: a path, its methods, the fields that come in, the answers and errors that go out.
 * Nothing is said here that a row does not say.
 */
#include "api/openapi.h"

#include "api/problem.h"
#include "api/route.h"
#include "base/json_write.h"

static void
write_schema(const struct route_answer *answers, size_t n, struct json_out *w)
{
	json_key(w, "application/json");
	json_open(w);
	json_key(w, "schema");
	if (n > 1) {
		json_open(w);
		json_key(w, "oneOf");
		json_open_list(w);
	}
	for (size_t i = 0; i < n; i++)
		shape_ref(answers[i].shape, w);
	if (n > 1) {
		json_close_list(w);
		json_close(w);
	}
	json_close(w);
}

/* The first `n` with a shape are alternatives; then come those that the row makes by itself. */
static void
write_content(const struct route_answer *answers, size_t n, struct json_out *w)
{
	size_t shapes = 0;

	while (shapes < n && answers[shapes].shape)
		shapes++;
	if (!shapes && !answers[0].type)
		return;
	json_key(w, "content");
	json_open(w);
	if (shapes)
		write_schema(answers, shapes, w);
	for (size_t i = shapes; i < n; i++) {
		json_key(w, answers[i].type);
		json_raw(w, S("{\"schema\":{\"additionalProperties\":true}}"));
	}
	json_close(w);
}

static void
write_headers(const struct answer_header *headers, struct json_out *w)
{
	if (!headers)
		return;
	json_key(w, "headers");
	json_open(w);
	for (; headers->name; headers++) {
		json_key(w, headers->name);
		json_open(w);
		json_pair(w, "description", headers->holds);
		json_key(w, "schema");
		json_raw(w, S("{\"type\":\"string\"}"));
		json_close(w);
	}
	json_close(w);
}

/* Answers of one status stand together in the row. */
static void
write_answers(const struct route *r, struct json_out *w)
{
	char status[8];

	for (size_t i = 0, n; i < ROUTE_ANSWERS && r->answers[i].status; i += n) {
		for (n = 1;
		     i + n < ROUTE_ANSWERS && r->answers[i + n].status == r->answers[i].status;)
			n++;
		(void)snprintf(status, sizeof(status), "%d", r->answers[i].status);
		json_key(w, status);
		json_open(w);
		json_pair(w, "description", status_phrase(r->answers[i].status));
		write_headers(r->answers[i].headers, w);
		write_content(&r->answers[i], n, w);
		json_close(w);
	}
}

static void
write_error(const struct surface *s, const struct route *r, int status, struct json_out *w)
{
	static const struct answer_header code[] = {
		{GATE_CODE_HEADER, "the problem's code"},
		{NULL},
	};
	char text[8];

	(void)snprintf(text, sizeof(text), "%d", status);
	json_key(w, text);
	json_open(w);
	json_pair(w, "description", status_phrase(status));
	write_headers(r->flags & ROUTE_GATE ? code : NULL, w);
	json_key(w, "content");
	json_raw(w, s->flat_errors ? S("{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/"
				       "components/schemas/ProblemV1\"}}}")
				   : S("{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/"
				       "components/schemas/Problem\"}}}"));
	json_close(w);
}

#define STATUS_MOST 600

static void
write_errors(const struct surface *s, const struct route *r, struct json_out *w)
{
	static const int always[] = {400, 408, 413, 429, 500, 503};
	bool has[STATUS_MOST] = {false};

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		has[always[i]] = true;
	has[401] |= r->access == ACCESS_BEARER;
	has[403] |= r->access != ACCESS_PUBLIC; /* a blocked device */
	has[415] |= r->in && !(r->flags & ROUTE_QUERY);
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++)
		has[err_row(r->errors[i])->status] = true;
	for (int status = 400; status < STATUS_MOST; status++)
		if (has[status])
			write_error(s, r, status, w);
}

static bool
is_parameter(const struct route *r, size_t i)
{
	return r->flags & ROUTE_QUERY || r->in->fields[i].flags & FIELD_PATH;
}

/* The fields that stand in the path or the query. */
static void
write_parameters(const struct route *r, struct json_out *w)
{
	json_key(w, "parameters");
	json_open_list(w);
	for (size_t i = 0; i < r->in->n; i++) {
		const struct field *f = &r->in->fields[i];
		bool path = f->flags & FIELD_PATH;

		if (!is_parameter(r, i))
			continue;
		json_open(w);
		json_pair(w, "name", f->name);
		json_pair(w, "in", path ? "path" : "query");
		json_key(w, "required");
		json_bool(w, path || f->flags & FIELD_REQUIRED);
		json_key(w, "schema");
		json_raw(w, S("{\"type\":\"string\"}"));
		json_close(w);
	}
	json_close_list(w);
}

static bool
has_body(const struct route *r)
{
	for (size_t i = 0; i < r->in->n; i++)
		if (!is_parameter(r, i))
			return true;
	return false;
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
write_body(const struct route *r, struct json_out *w)
{
	static const char *const types[] = {"application/json",
					    "application/x-www-form-urlencoded"};

	json_key(w, "requestBody");
	json_open(w);
	json_key(w, "required");
	json_bool(w, body_required(r->in));
	json_key(w, "content");
	json_open(w);
	for (size_t i = 0; i < (r->flags & ROUTE_FORM ? 2 : 1); i++) {
		json_key(w, types[i]);
		json_open(w);
		json_key(w, "schema");
		shape_ref(r->in, w);
		json_close(w);
	}
	if (r->flags & ROUTE_UPLOAD) {
		json_key(w, "multipart/form-data");
		json_open(w);
		json_key(w, "schema");
		shape_form_schema(r->in, w);
		json_close(w);
	}
	json_close(w);
	json_close(w);
}

static void
security(struct json_out *w, struct str schemes)
{
	json_key(w, "security");
	json_raw(w, schemes);
}

#define NEEDS_MAX 256

/* In the notation of the gate. */
static void
write_needs(const struct route *r, struct json_out *w)
{
	struct buf needs CLEANUP_BUF;

	buf_init(&needs, NEEDS_MAX);
	route_tell_needs(r, &needs);
	if (needs.n == 0)
		return;
	json_pair_str(w, "x-aldgate-needs", buf_view(&needs));
}

static void
write_operation(const struct surface *s, const struct route *r, struct json_out *w)
{
	static const char *const methods[] = {
		[METHOD_GET] = "get",     [METHOD_POST] = "post",     [METHOD_PUT] = "put",
		[METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete",
	};

	json_key(w, methods[r->method]);
	json_open(w);
	json_pair(w, "operationId", r->operation);
	json_pair(w, "summary", r->summary);
	json_key(w, "tags");
	json_open_list(w);
	json_z(w, s->name);
	json_close_list(w);
	if (r->access == ACCESS_BEARER)
		security(w, S("[{\"bearer\":[]}]"));
	if (r->access == ACCESS_OPTIONAL)
		security(w, S("[{},{\"bearer\":[]}]"));
	write_needs(r, w);
	if (r->in)
		write_parameters(r, w);
	if (r->in && has_body(r))
		write_body(r, w);
	json_key(w, "responses");
	json_open(w);
	write_answers(r, w);
	write_errors(s, r, w);
	json_close(w);
	json_close(w);
}

static bool
same_path(const struct surface *s, size_t i, size_t j)
{
	return str_eq(str_of(s->routes[i].path), str_of(s->routes[j].path));
}

/* Whether row i is served, and the first of its path that is. */
static bool
begins_path(const struct config *config, const struct surface *s, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_path(s, i, j) && route_enabled(config, s, &s->routes[j]))
			return false;
	return route_enabled(config, s, &s->routes[i]);
}

static void
write_paths(const struct config *config, const struct surface *s, struct json_out *w)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!begins_path(config, s, i))
			continue;
		json_key(w, s->routes[i].path);
		json_open(w);
		for (size_t j = i; j < s->n; j++)
			if (same_path(s, i, j) && route_enabled(config, s, &s->routes[j]))
				write_operation(s, &s->routes[j], w);
		json_close(w);
	}
}

#define SHAPES_MOST 256

/* Every shape that the document refers to, once. */
struct shapes {
	const struct shape *v[SHAPES_MOST];
	bool in[SHAPES_MOST];
	size_t n;
};

static void
collect(struct shapes *all, const struct shape *shape, bool in)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i] == shape)
			return;
	if (all->n == SHAPES_MOST)
		die("more than %d shapes", SHAPES_MOST);
	all->v[all->n] = shape;
	all->in[all->n++] = in;
	for (size_t i = 0; i < shape->n; i++)
		if (shape->fields[i].shape)
			collect(all, shape->fields[i].shape, in);
}

static void
collect_row(struct shapes *all, const struct route *r)
{
	if (r->in && has_body(r))
		collect(all, r->in, true);
	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].status; i++)
		if (r->answers[i].shape)
			collect(all, r->answers[i].shape, false);
}

static void
write_shapes(const struct config *config, struct json_out *w)
{
	struct shapes shapes = {.n = 0};
	size_t n;
	const struct surface *const *all = surfaces(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < all[i]->n; j++)
			if (route_enabled(config, all[i], &all[i]->routes[j]))
				collect_row(&shapes, &all[i]->routes[j]);
	for (size_t i = 0; i < shapes.n; i++) {
		json_key(w, shapes.v[i]->name);
		shape_schema(shapes.v[i], shapes.in[i], w);
	}
}

void
openapi_write(const struct config *config, struct buf *out)
{
	struct json_out w = json_to(out);
	size_t n;
	const struct surface *const *all = surfaces(&n);

	json_open(&w);
	json_pair(&w, "openapi", "3.1.0");
	json_key(&w, "info");
	json_open(&w);
	json_pair(&w, "title", "aldgate");
	json_pair(&w, "version", ALDGATE_VERSION);
	json_pair(&w, "summary", "Accounts and authentication");
	json_close(&w);
	json_key(&w, "servers");
	json_open_list(&w);
	json_open(&w);
	json_pair_str(&w, "url", config->server_public_url);
	json_close(&w);
	json_close_list(&w);
	json_key(&w, "paths");
	json_open(&w);
	for (size_t i = 0; i < n; i++)
		write_paths(config, all[i], &w);
	json_close(&w);
	json_key(&w, "components");
	json_open(&w);
	json_key(&w, "securitySchemes");
	json_raw(&w, S("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
		       "\"JWT\"}}"));
	json_key(&w, "schemas");
	json_open(&w);
	json_key(&w, "Problem");
	problem_schema(false, &w);
	json_key(&w, "ProblemV1");
	problem_schema(true, &w);
	write_shapes(config, &w);
	json_close(&w);
	json_close(&w);
	json_close(&w);
}
