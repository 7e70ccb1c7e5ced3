/*
 * The page of a surface: its calls in the order of the route table, then each shape that an answer
 * has, once.
 */
#include "api/problem.h"
#include "api/reference.h"

#define SHAPES_MOST 128
#define TEXT_MAX 1024

struct shapes {
	const struct shape *v[SHAPES_MOST];
	size_t n;
};

static void
note_shape(struct shapes *seen, const struct shape *shape)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i] == shape)
			return;
	if (seen->n == SHAPES_MOST)
		die("more than %d shapes in one surface", SHAPES_MOST);
	seen->v[seen->n++] = shape;
}

static void
write_path(const struct surface *s, const struct route *r, struct buf *out)
{
	buf_printf(out, "%.*s %s%s", STR_ARG(method_name(r->method)), r->path, s->slash ? "/" : "");
}

/* What a Markdown table can't hold is escaped. */
static void
cell(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '|')
			buf_char(out, '\\');
		buf_char(out, s.p[i]);
	}
}

/* Headings are linked to in lower case. */
static void
link_to(const struct shape *shape, struct buf *out)
{
	buf_printf(out, "[%s](#", shape->name);
	for (const char *p = shape->name; *p; p++)
		buf_char(out, *p >= 'A' && *p <= 'Z' ? (char)(*p + ('a' - 'A')) : *p);
	buf_char(out, ')');
}

static void
field_kind(const struct field *f, struct buf *out)
{
	struct buf kind CLEANUP_BUF;

	if (f->shape) {
		buf_z(out, f->type == FIELD_LIST ? "list of " : "");
		link_to(f->shape, out);
		return;
	}
	buf_init(&kind, TEXT_MAX);
	shape_tell(f, &kind);
	cell(out, buf_view(&kind));
}

static const char *
field_rule(const struct shape *shape, size_t i)
{
	unsigned flags = shape->fields[i].flags;

	if (flags & FIELD_PATH)
		return "in the path";
	if (flags & FIELD_ALIAS)
		return "another name of the one above";
	if (flags & FIELD_ONE_OF)
		return "exactly one of these";
	if (!(flags & FIELD_REQUIRED))
		return "";
	if (i + 1 < shape->n && shape->fields[i + 1].flags & FIELD_ALIAS)
		return "required, by one of its names";
	return "required";
}

static void
write_fields(const struct route *r, struct buf *out)
{
	buf_printf(out, "\n| %s | kind | |\n| --- | --- | --- |\n",
		   r->flags & ROUTE_QUERY ? "query" : "field");
	for (size_t i = 0; i < r->in->n; i++) {
		const char *rule = field_rule(r->in, i);

		buf_printf(out, "| `%s` | ", r->in->fields[i].name);
		field_kind(&r->in->fields[i], out);
		buf_printf(out, *rule ? " | %s |\n" : " |%s |\n", rule);
	}
}

static void
write_headers(const struct route *r, struct buf *out)
{
	for (size_t i = 0; i < ROUTE_ANSWERS; i++) {
		const struct answer_header *h = r->answers[i].headers;

		if (h)
			buf_printf(out, "\n| header of the %d | holds |\n| --- | --- |\n",
				   r->answers[i].status);
		for (; h && h->name; h++)
			buf_printf(out, "| `%s` | %s |\n", h->name, h->holds);
	}
}

static void
write_answers(const struct route *r, struct shapes *seen, struct buf *out)
{
	buf_z(out, "\nAnswers: ");
	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].status; i++) {
		const struct route_answer *a = &r->answers[i];

		buf_printf(out, "%s%d %s", i ? " · " : "", a->status, status_phrase(a->status));
		if (a->type)
			buf_printf(out, ", %s", a->type);
		if (!a->shape)
			continue;
		note_shape(seen, a->shape);
		buf_z(out, ", ");
		link_to(a->shape, out);
	}
	buf_char(out, '\n');
	write_headers(r, out);
}

static void
write_error(const struct surface *s, const struct route *r, enum err e, bool first, struct buf *out)
{
	const char *code = error_code(s, r, e);

	buf_printf(out, "%s%d `%s`", first ? "\nErrors: " : " · ", err_row(e)->status, code);
}

static void
write_errors(const struct surface *s, const struct route *r, struct buf *out)
{
	bool first = true, bearer = r->access == ACCESS_BEARER;

	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++) {
		bearer &= r->errors[i] != ERR_TOKEN;
		write_error(s, r, r->errors[i], first, out);
		first = false;
	}
	if (bearer) {
		write_error(s, r, ERR_NOT_SIGNED_IN, first, out);
		write_error(s, r, ERR_TOKEN, false, out);
	}
	if (!first || bearer)
		buf_char(out, '\n');
}

static void
write_needs(const struct route *r, struct buf *out)
{
	struct buf needs CLEANUP_BUF;

	buf_init(&needs, TEXT_MAX);
	route_tell_needs(r, &needs);
	if (needs.n)
		buf_printf(out, " with `%.*s`", STR_ARG(buf_view(&needs)));
}

static void
write_call(const struct surface *s, const struct route *r, struct shapes *seen, struct buf *out)
{
	const struct throttle_row *limit;

	buf_z(out, "\n### ");
	write_path(s, r, out);
	buf_printf(out, "\n\n%s.\n\nAccess: %s", r->summary, access_name(r->access));
	write_needs(r, out);
	buf_z(out, " · ");
	if (r->limit != THROTTLE_NONE) {
		limit = throttle_row(r->limit);
		buf_printf(out, "limit: [%s](throttles.md), %" PRId64 " in %" PRId64 " s",
			   limit->name, limit->burst, limit->window / SECOND);
	} else {
		buf_z(out, "no limit");
	}
	buf_printf(out, " · operation `%s`, `src/%s`\n", r->operation, r->file);
	if (r->in)
		write_fields(r, out);
	write_answers(r, seen, out);
	write_errors(s, r, out);
}

static void
write_shape(const struct shape *shape, struct shapes *seen, struct buf *out)
{
	buf_printf(out, "\n### %s\n\n| member | kind |\n| --- | --- |\n", shape->name);
	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];

		if (f->shape)
			note_shape(seen, f->shape);
		buf_printf(out, "| `%s` | ", f->name);
		field_kind(f, out);
		buf_z(out, " |\n");
	}
}

/* Of this table and those behind it that go on with its surface. */
static void
write_calls(const struct surface *s, struct shapes *seen, struct buf *out)
{
	for (; s; s = surface_named(str_of(s->name), s))
		for (size_t i = 0; i < s->n; i++)
			write_call(s, &s->routes[i], seen, out);
}

void
reference_surface(const struct surface *s, struct buf *out)
{
	struct shapes seen = {0};

	buf_z(out, "Every path is served with and without the slash at its end.\n");
	buf_z(out,
	      "Bodies are JSON objects in UTF-8, times RFC 3339 in UTC; unknown members are "
	      "ignored. Beside the errors that a call names, any may answer 400 `malformed`, 408, "
	      "413, 415, 429, 500 and 503: [errors](errors.md).\n\n## Calls\n");
	write_calls(s, &seen, out);
	if (seen.n)
		buf_z(out, "\n## Shapes of answers\n");
	for (size_t i = 0; i < seen.n; i++)
		write_shape(seen.v[i], &seen, out);
}
