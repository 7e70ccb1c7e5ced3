/* Everything that a client learns of a failure is written here, so nothing else can leak into it.
 */
#include "api/problem.h"

#include "base/json_write.h"

const char *
status_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} rows[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "Unknown";
}

/* Members of a problem's own; a field of that name does not stand at the top level. */
static bool
is_own_member(struct str name)
{
	static const char *const own[] = {"type",   "title",      "status",    "detail", "code",
					  "errors", "request_id", "mfa_token", "methods"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (str_eq(str_of(own[i]), name))
			return true;
	return false;
}

/* All messages of one field stand under it together. */
static void
write_fields(struct json_out *w, const struct field_error *first, bool flat)
{
	for (const struct field_error *f = first; f; f = f->next) {
		bool seen = flat && is_own_member(f->field);

		for (const struct field_error *b = first; b != f; b = b->next)
			seen |= str_eq(b->field, f->field);
		if (seen)
			continue;
		json_key_str(w, f->field);
		json_open_list(w);
		for (const struct field_error *m = f; m; m = m->next)
			if (str_eq(m->field, f->field))
				json_str(w, m->message);
		json_close_list(w);
	}
}

static void
write_extra(const struct fault_extra *x, struct json_out *w)
{
	json_key(w, x->name);
	if (!x->list) {
		json_str(w, x->text);
		return;
	}
	json_open_list(w);
	for (size_t i = 0; i < x->list->n; i++)
		json_str(w, x->list->v[i]);
	json_close_list(w);
}

static void
write_body(const struct ctx *cx, const struct err_row *row, const struct problem_form *form,
	   struct json_out *w)
{
	const struct fault *f = &cx->fault;

	json_open(w);
	json_pair(w, "type", "about:blank");
	json_pair(w, "title", status_phrase(row->status));
	json_key(w, "status");
	json_int(w, row->status);
	json_pair_str(w, "detail", fault_sentence(f, row));
	json_pair(w, "code", form->code ? form->code : row->code);
	if (f->fields) {
		json_key(w, "errors");
		json_open(w);
		write_fields(w, f->fields, false);
		json_close(w);
	}
	if (form->flat)
		write_fields(w, f->fields, true);
	for (const struct fault_extra *x = f->extras; x; x = x->next)
		write_extra(x, w);
	json_pair_str(w, "request_id", cx->request_id);
	json_close(w);
}

void
problem_headers(const struct ctx *cx, enum err e, struct http_answer *an)
{
	int status = e == OK ? 200 : err_row(e)->status;
	int64_t wait = cx->fault.retry_after;

	if (status == 401)
		http_answer_header(an, "WWW-Authenticate",
				   e == ERR_TOKEN
					   ? S("Bearer realm=\"aldgate\", error=\"invalid_token\"")
					   : S("Bearer realm=\"aldgate\""));
	if (status == 429 || status == 503)
		http_answer_header(an, "Retry-After",
				   str_print(cx->arena, "%" PRId64, wait > 0 ? wait : 1));
}

void
problem_answer(const struct ctx *cx, enum err e, const struct problem_form *form,
	       struct http_answer *an)
{
	static const struct problem_form plain = {.flat = false};
	const struct err_row *row = err_row(e);
	struct json_out w = json_to(&an->body);

	buf_clear(&an->body);
	an->status = row->status;
	an->content_type = S("application/problem+json");
	problem_headers(cx, e, an);
	write_body(cx, row, form ? form : &plain, &w);
}

static void
property(struct json_out *w, const char *name, const char *type)
{
	json_key(w, name);
	json_open(w);
	json_pair(w, "type", type);
	json_close(w);
}

void
problem_schema(bool flat, struct json_out *w)
{
	static const char *const required[] = {"type",   "title", "status",
					       "detail", "code",  "request_id"};

	json_open(w);
	json_pair(w, "type", "object");
	json_key(w, "properties");
	json_open(w);
	json_key(w, "errors");
	json_raw(w, S("{\"type\":\"object\",\"additionalProperties\":"
		      "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}"));
	property(w, "mfa_token", "string");
	json_key(w, "methods");
	json_raw(w, S("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
	for (size_t i = 0; i < ARRAY_LEN(required); i++)
		property(w, required[i], i == 2 ? "integer" : "string");
	json_close(w);
	json_key(w, "required");
	json_open_list(w);
	for (size_t i = 0; i < ARRAY_LEN(required); i++)
		json_z(w, required[i]);
	json_close_list(w);
	json_key(w, "additionalProperties");
	if (flat)
		json_raw(w, S("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
	else
		json_bool(w, false);
	json_close(w);
}
