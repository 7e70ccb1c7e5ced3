/*
 * Each file goes into a spool of its own as it is read, so a form of any size takes the memory of a
 * few blocks. JSON can't be read in pieces: few such bodies are in memory at once. A filename is
 * never looked at, but to tell a file from a field.
 */
#include "api/upload.h"

#include "api/multipart.h"
#include "base/enc.h"
#include "domain/kyc_papers.h"
#include "domain/shared.h"

#define FIELDS_MOST 16
#define VALUE_MAX ((size_t)4 * 1024)
#define FORM_EXTRA ((int64_t)256 * 1024) /* fields, heads and boundaries beside the files */
#define BASE64_STEP ((size_t)64 * 1024)

static struct str
content_type(const struct http_request *rq)
{
	return http_header(rq, "content-type", NULL);
}

static bool
is_form(const struct http_request *rq)
{
	struct str boundary;

	return multipart_boundary(content_type(rq), &boundary);
}

static bool
is_json(struct str type)
{
	return str_absent(type) || http_is_media_type(type, S("application/json"));
}

size_t
upload_limit(const struct config *config, const struct http_request *rq)
{
	if (!is_form(rq))
		return UPLOAD_JSON_MAX;
	return (size_t)(KYC_PAPERS_MOST * config->kyc_max_file + FORM_EXTRA);
}

struct form {
	struct ctx *cx;
	struct spool *with; /* what the files live beside */
	struct str_pair fields[FIELDS_MOST];
	size_t fields_n;
	struct kyc_paper papers[KYC_PAPERS_MOST];
	size_t papers_n;
	struct kyc_paper *file; /* being read; NULL: a field */
	struct buf value;
	struct str name;
};

static enum err
new_paper(struct form *f, struct str kind)
{
	struct kyc_paper *p = &f->papers[f->papers_n];

	if (f->papers_n == KYC_PAPERS_MOST)
		return fail_field(f->cx, "documents", "Send at most 5 papers.");
	p->kind = str_copy(f->cx->arena, kind);
	TRY(spool_open_beside(f->with, &p->bytes));
	f->papers_n++;
	f->file = p;
	return OK;
}

static enum err
add_bytes(struct form *f, struct str bytes)
{
	struct spool *s = f->file->bytes;
	int64_t most = f->cx->config->kyc_max_file;

	if (spool_size(s) + (int64_t)bytes.n > most)
		return fail(f->cx, ERR_TOO_LARGE, "A paper may have at most %" PRId64 " bytes.",
			    most);
	return spool_add(s, bytes.p, bytes.n);
}

static enum err
part_begins(void *arg, const struct multipart_part *part)
{
	struct form *f = arg;

	f->file = NULL;
	if (!str_absent(part->filename))
		return new_paper(f, part->name);
	if (f->fields_n == FIELDS_MOST)
		return fail(f->cx, ERR_MALFORMED, "There are more than %d fields.", FIELDS_MOST);
	f->name = str_copy(f->cx->arena, part->name);
	buf_init_arena(&f->value, f->cx->arena, VALUE_MAX + 1);
	return OK;
}

static enum err
part_bytes(void *arg, struct str bytes)
{
	struct form *f = arg;

	if (f->file)
		return add_bytes(f, bytes);
	buf_str(&f->value, bytes);
	return f->value.full || f->value.n > VALUE_MAX
		       ? fail(f->cx, ERR_MALFORMED, "A field is too long.")
		       : OK;
}

static enum err
part_ends(void *arg)
{
	struct form *f = arg;

	if (f->file)
		return OK;
	for (size_t i = 0; i < f->fields_n; i++)
		if (str_eq(f->fields[i].name, f->name))
			return fail(f->cx, ERR_MALFORMED, "A field is there twice.");
	f->fields[f->fields_n++] = (struct str_pair){f->name, buf_view(&f->value)};
	return OK;
}

static enum err
read_form(struct form *f, struct spool *body, struct str boundary)
{
	struct multipart_events events = {f, part_begins, part_bytes, part_ends};
	struct multipart *m = arena_new(f->cx->arena, struct multipart);
	struct str piece;

	multipart_init(m, boundary, &events);
	do {
		TRY(spool_read(body, &piece));
		TRY(multipart_feed(m, piece));
	} while (piece.n > 0);
	return multipart_finish(m);
}

static enum err
bind_form(struct form *f, const struct shape *shape, struct spool *body, struct str boundary,
	  void *out)
{
	struct str_pairs pairs;

	TRY(read_form(f, body, boundary));
	pairs = (struct str_pairs){f->fields, f->fields_n};
	return shape_bind_pairs(f->cx, shape, &pairs, out);
}

/* Base64 in steps that each are whole; only the last may be padded. */
static bool
take_base64(struct form *f, struct str text, enum err *e)
{
	char *bytes = arena_alloc(f->cx->arena, BASE64_STEP);

	*e = OK;
	while (text.n > 0 && *e == OK) {
		struct str step = {text.p, text.n > BASE64_STEP ? BASE64_STEP : text.n};
		size_t n = BASE64_STEP;

		if (!base64_decode(step, bytes, &n))
			return false;
		text = str_from(text, step.n);
		if (text.n > 0 && n != BASE64_STEP / 4 * 3)
			return false;
		*e = add_bytes(f, (struct str){bytes, n});
	}
	return true;
}

static enum err
take_document(struct form *f, const struct json *v)
{
	struct str kind = json_string(json_member(v, "kind"));
	struct str data = json_string(json_member(v, "data_base64"));
	enum err e;

	if (str_absent(kind) || str_absent(data) || kind.n > MULTIPART_NAME_MAX)
		return fail_field(f->cx, "documents",
				  "Each is an object with kind and data_base64.");
	TRY(new_paper(f, kind));
	if (!take_base64(f, data, &e))
		return fail_field(f->cx, "documents", "data_base64 is not base64 (RFC 4648).");
	return e;
}

static enum err
bind_json(struct form *f, const struct shape *shape, struct str text, void *out)
{
	struct json *body CLEANUP_JSON = NULL;
	const struct json *documents;

	TRY(json_parse_object(f->cx, text.n ? text : S("{}"), &body));
	documents = json_member(body, "documents");
	if (documents && json_kind(documents) != JSON_KIND_ARRAY)
		return fail_field(f->cx, "documents", "This must be a list.");
	for (size_t i = 0; i < json_count(documents); i++)
		TRY(take_document(f, json_element(documents, i)));
	return shape_bind(f->cx, shape, body, out);
}

static enum err
load_json(struct form *f, const struct shape *shape, struct spool *body, void *out)
{
	struct buf text CLEANUP_BUF;
	struct str piece;

	buf_init(&text, UPLOAD_JSON_MAX + 1);
	do {
		TRY(spool_read(body, &piece));
		buf_str(&text, piece);
	} while (piece.n > 0);
	return bind_json(f, shape, buf_view(&text), out);
}

static enum err
bind_body(struct form *f, const struct shape *shape, const struct http_request *rq, void *out)
{
	struct str boundary;
	enum err e;

	if (!rq->upload)
		return bind_json(f, shape, S(""), out);
	if (multipart_boundary(content_type(rq), &boundary))
		return bind_form(f, shape, rq->upload, boundary, out);
	TRY(gate_enter(f->cx, GATE_JSON_UPLOADS));
	e = load_json(f, shape, rq->upload, out);
	gate_leave(f->cx->shared, GATE_JSON_UPLOADS);
	return e;
}

enum err
upload_bind(struct ctx *cx, const struct shape *shape, const struct http_request *rq, void *out)
{
	struct form *f = arena_new(cx->arena, struct form);

	f->cx = cx;
	f->with = rq->upload;
	if (!is_form(rq) && !is_json(content_type(rq)))
		return ERR_MEDIA_TYPE;
	TRY(bind_body(f, shape, rq, out));
	for (size_t i = 0; i < shape->n; i++)
		if (shape->fields[i].type == FIELD_PAPERS)
			*(struct list *)(void *)((char *)out + shape->fields[i].at) =
				(struct list){f->papers, f->papers_n};
	return OK;
}
