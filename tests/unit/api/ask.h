/* Requests as values, answered by the pipeline on a real store: no socket. */
#ifndef TESTS_ASK_H
#define TESTS_ASK_H

#include "../domain/domain_case.h"

#include "api/pipeline.h"
#include "base/json_read.h"

#define JSON_TYPE                                                                                  \
	{                                                                                          \
		S("Content-Type"), S("application/json")                                           \
	}
#define HEADERS_MOST 6

struct ask {
	enum method method;
	const char *target; /* path, perhaps with a query */
	struct http_header headers[HEADERS_MOST];
	struct str body;
	struct str peer; /* absent: 192.0.2.1 */
};

struct got {
	struct http_answer an;
	struct json *json;
	struct job *job;
	enum pipeline_next next;
};

static inline struct got
ask(struct domain_case *t, const struct ask *in)
{
	struct ask *kept = arena_copy(&t->arena, in, sizeof(*in));
	struct str rest = str_of(kept->target), path = STR_NONE;
	struct http_request rq = {
		.method = kept->method,
		.headers = kept->headers,
		.content_length = (int64_t)kept->body.n,
		.peer = str_absent(kept->peer) ? S("192.0.2.1") : kept->peer,
	};
	struct got got = {0};
	size_t limit = 0;

	(void)str_cut(&rest, '?', &path);
	rq.path = path;
	rq.query = rest;
	while (rq.header_count < HEADERS_MOST && kept->headers[rq.header_count].name.n)
		rq.header_count++;
	http_answer_init(&got.an, &t->arena);
	got.next = pipeline_head(&t->cx, &t->arena, &rq, &got.an, &got.job, &limit);
	if (got.next != PIPELINE_ANSWERED) {
		assert_int_equal(limit, 64 * 1024);
		rq.body = kept->body;
		pipeline_serve(&t->cx, &t->arena, &rq, got.job, &got.an);
	}
	if (json_parse(NULL, buf_view(&got.an.body), &got.json) != OK)
		got.json = NULL;
	return got;
}

static inline void
done(struct got *g)
{
	json_free(&g->json);
}

/* The value of a header of the answer; absent: it is not there. */
static inline struct str
header(const struct got *g, const char *name)
{
	struct str rest = buf_view(&g->an.head), line;

	while (str_cut(&rest, '\n', &line)) {
		struct str key = STR_NONE;

		if (!str_cut(&line, ':', &key) || !str_eq_nocase(key, str_of(name)))
			continue;
		line.n--;
		return str_trim(line);
	}
	return STR_NONE;
}

static inline struct str
member_text(const struct got *g, const char *name)
{
	return json_string(json_member(g->json, name));
}

static inline void
is_problem(struct domain_case *t, const struct ask *in, enum err want)
{
	struct got g = ask(t, in);

	if (g.an.status != err_row(want)->status)
		print_error("%s: %d\n", in->target, g.an.status);
	assert_int_equal(g.an.status, err_row(want)->status);
	assert_str(g.an.content_type, S("application/problem+json"));
	assert_str(member_text(&g, "code"), str_of(err_row(want)->code));
	assert_str(member_text(&g, "request_id"), header(&g, "X-Request-Id"));
	assert_str(header(&g, "Cache-Control"), S("no-store"));
	done(&g);
}

static inline struct str
bearer_of(struct domain_case *t, struct str access)
{
	return str_print(&t->arena, "Bearer %.*s", STR_ARG(access));
}

#endif
