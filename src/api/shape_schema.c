/* What the tables of fields say to others: as JSON Schema (OpenAPI 3.1), and in words. */
#include "api/shape_type.h"

#include "domain/kyc.h"
#include "domain/kyc_papers.h"

static void
schema_type(const struct field *f, struct json_out *w)
{
	const struct shape_type *t = &shape_types[f->type];

	json_key(w, "type");
	if (f->flags & FIELD_NULLABLE) {
		json_open_list(w);
		json_z(w, t->json);
		json_z(w, "null");
		json_close_list(w);
	} else {
		json_z(w, t->json);
	}
	if (t->format) {
		json_pair(w, "format", t->format);
	}
	if (t->most) {
		json_key(w, "maxLength");
		json_int(w, (int64_t)t->most);
	}
	if (f->type == FIELD_LITERAL) {
		json_pair(w, "const", f->literal);
	}
}

void
shape_ref(const struct shape *shape, struct json_out *w)
{
	struct buf *b = w->b;

	json_open(w);
	json_key(w, "$ref");
	json_raw(w, S("\"#/components/schemas/"));
	buf_z(b, shape->name);
	buf_char(b, '"');
	json_close(w);
}

#define ATTRIBUTES_SCHEMA                                                                          \
	"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\","                                  \
	"\"additionalProperties\":{\"type\":\"string\"}}"

static void
schema_field(const struct field *f, struct json_out *w)
{
	json_key(w, f->name);
	if (f->type == FIELD_OBJECT) {
		shape_ref(f->shape, w);
		return;
	}
	if (f->type == FIELD_ATTRIBUTES) {
		json_raw(w, f->flags & FIELD_NULLABLE
				    ? S(ATTRIBUTES_SCHEMA ",{\"type\":\"null\"}]}")
				    : S(ATTRIBUTES_SCHEMA "]}"));
		return;
	}
	json_open(w);
	schema_type(f, w);
	if (f->type == FIELD_PAPERS) {
		json_key(w, "maxItems");
		json_int(w, KYC_PAPERS_MOST);
		json_key(w, "items");
		json_raw(w, S("{\"type\":\"object\",\"properties\":{\"kind\":{\"enum\":[\"front\","
			      "\"back\",\"selfie\"]},\"content_type\":{\"type\":\"string\"},"
			      "\"data_base64\":{\"type\":\"string\",\"contentEncoding\":"
			      "\"base64\"}},\"required\":[\"kind\",\"data_base64\"]}"));
	}
	if (f->type == FIELD_JSON) {
		json_key(w, "additionalProperties");
		json_bool(w, true);
	}
	if (f->type == FIELD_LIST) {
		json_key(w, "items");
		shape_ref(f->shape, w);
	} else if (f->type == FIELD_TEXTS) {
		json_key(w, "items");
		json_raw(w, S("{\"type\":\"string\"}"));
	}
	json_close(w);
}

/* Out: every member stands in every answer. In: what must be there under its one name. */
static bool
is_required(const struct shape *shape, size_t i, bool in)
{
	bool has_alias = i + 1 < shape->n && (shape->fields[i + 1].flags & FIELD_ALIAS);

	return !in || ((shape->fields[i].flags & FIELD_REQUIRED) && !has_alias);
}

/* Exactly one of the fields with FIELD_ONE_OF. */
static void
schema_group(const struct shape *shape, struct json_out *w)
{
	size_t of_group = 0;

	for (size_t i = 0; i < shape->n; i++) {
		if (!(shape->fields[i].flags & FIELD_ONE_OF))
			continue;
		if (of_group++ == 0) {
			json_key(w, "oneOf");
			json_open_list(w);
		}
		json_open(w);
		json_key(w, "required");
		json_open_list(w);
		json_z(w, shape->fields[i].name);
		json_close_list(w);
		json_close(w);
	}
	if (of_group)
		json_close_list(w);
}

void
shape_schema(const struct shape *shape, bool in, struct json_out *w)
{
	json_open(w);
	json_pair(w, "type", "object");
	json_key(w, "properties");
	json_open(w);
	for (size_t i = 0; i < shape->n; i++)
		if (!(shape->fields[i].flags & FIELD_PATH))
			schema_field(&shape->fields[i], w);
	json_close(w);
	json_key(w, "required");
	json_open_list(w);
	for (size_t i = 0; i < shape->n; i++)
		if (is_required(shape, i, in))
			json_z(w, shape->fields[i].name);
	json_close_list(w);
	if (in) {
		schema_group(shape, w);
	} else {
		json_key(w, "additionalProperties");
		json_bool(w, false);
	}
	json_close(w);
}

void
shape_form_schema(const struct shape *shape, struct json_out *w)
{
	json_open(w);
	json_key(w, "type");
	json_z(w, "object");
	json_key(w, "properties");
	json_open(w);
	for (size_t i = 0; i < shape->n; i++)
		if (shape->fields[i].type != FIELD_PAPERS)
			schema_field(&shape->fields[i], w);
	for (size_t i = 0; i < KYC_KINDS; i++) {
		json_key_str(w, kyc_kinds[i]);
		json_raw(w, S("{\"type\":\"string\",\"format\":\"binary\"}"));
	}
	json_close(w);
	json_close(w);
}

void
shape_tell(const struct field *f, struct buf *out)
{
	const struct shape_type *t = &shape_types[f->type];

	if (f->type == FIELD_LITERAL) {
		buf_printf(out, "\"%s\"", f->literal);
		return;
	}
	if (f->type == FIELD_ATTRIBUTES)
		buf_z(out, "string, or object of strings");
	else if (f->type == FIELD_PAPERS)
		buf_z(out,
		      "list of {kind, content_type, data_base64}; in a form: files front, back, "
		      "selfie");
	else if (f->type == FIELD_LIST || f->type == FIELD_TEXTS)
		buf_z(out, f->type == FIELD_LIST ? "list of objects" : "list of strings");
	else
		buf_z(out, t->json);
	if (t->format)
		buf_printf(out, ", %s", t->format);
	if (t->most)
		buf_printf(out, ", at most %zu bytes", t->most);
	if (f->flags & FIELD_NULLABLE)
		buf_z(out, ", or null");
}
