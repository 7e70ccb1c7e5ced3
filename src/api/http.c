/*
 * The request and answer as values: look-ups in a request and the making of answer heads. Kept
 * apart from the server so that pipelines and tests can build both without a socket.
 */
#include "api/http.h"

#define HEAD_CAP (16 * 1024)

static const struct str names[] = {
	[METHOD_OTHER] = S("OTHER"),   [METHOD_GET] = S("GET"),         [METHOD_HEAD] = S("HEAD"),
	[METHOD_POST] = S("POST"),     [METHOD_PUT] = S("PUT"),         [METHOD_PATCH] = S("PATCH"),
	[METHOD_DELETE] = S("DELETE"), [METHOD_OPTIONS] = S("OPTIONS"),
};

struct str
method_name(enum method m)
{
	return names[(size_t)m < ARRAY_LEN(names) ? m : METHOD_OTHER];
}

struct str
http_header_named(const struct http_request *rq, struct str wanted, size_t *count)
{
	struct str found = STR_NONE;
	size_t seen = 0;

	for (size_t i = 0; i < rq->header_count; i++) {
		const struct http_header *h = &rq->headers[i];

		if (h->name.n != wanted.n || !str_eq_nocase(h->name, wanted))
			continue;
		if (seen++ == 0)
			found = h->value;
		if (count == NULL)
			break;
	}
	if (count != NULL)
		*count = seen;
	return found;
}

bool
http_is_media_type(struct str value, struct str type)
{
	ptrdiff_t end = str_find(value, ';');

	if (end >= 0)
		value.n = (size_t)end;
	return str_eq_nocase(str_trim(value), type);
}

bool
http_wants_page(const struct http_request *rq)
{
	return rq->method == METHOD_HEAD ||
	       str_has(http_header(rq, "accept", NULL), S("text/html"));
}

void
http_answer_init(struct http_answer *an, struct arena *a)
{
	*an = (struct http_answer){0};
	buf_init_arena(&an->head, a, HEAD_CAP);
	buf_init_arena(&an->body, a, HTTP_BODY_CAP);
}

void
http_answer_header(struct http_answer *an, const char *name, struct str value)
{
	if (str_find(value, '\r') >= 0 || str_find(value, '\n') >= 0)
		return;
	buf_z(&an->head, name);
	buf_str(&an->head, S(": "));
	buf_str(&an->head, value);
	buf_str(&an->head, S("\r\n"));
}
