/*
 * HTTP heads. However the bytes are cut up on their way, the head ends at the same place; one that
 * is taken lies inside its own bytes and holds nothing that could end a line of a log, an answer or
 * a request to somebody else.
 */
#include "fuzz.h"

#include "server/conn.h"
#include "server/head.h"

static void
check_text(struct str s, struct str head)
{
	require(s.n == 0 || (s.p >= head.p && s.p + s.n <= head.p + head.n));
	for (size_t i = 0; i < s.n; i++)
		require(s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\0');
}

static void
check_request(const struct http_request *rq, struct str head)
{
	require(rq->path.p[0] == '/' || (str_eq(rq->path, S("*")) && rq->method == METHOD_OPTIONS));
	require(str_find(rq->path, '?') < 0 && rq->content_length >= -1);
	check_text(rq->query, head);
	for (size_t i = 0; i < rq->header_count; i++) {
		require(rq->headers[i].name.n > 0 && str_find(rq->headers[i].name, ':') < 0);
		check_text(rq->headers[i].name, head);
		check_text(rq->headers[i].value, head);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_header scratch[HTTP_HEADERS_MAX];
	struct ctx *cx = fuzz_start(NULL);
	struct str all = fuzz_text(data, size), head;
	struct http_request rq = {0};
	struct head_scan once = {0}, twice = {0};
	struct message m;
	size_t end, cut_end, cut = size ? data[0] % size : 0;
	enum err e = head_scan(&once, all.p, all.n, &end),
		 first = head_scan(&twice, all.p, cut, &cut_end);

	if (first == OK && cut_end == 0)
		first = head_scan(&twice, all.p, all.n, &cut_end);
	require(e == first && end == cut_end);
	head = (struct str){all.p, end};
	if (end > 0 && head_read(&m, cx->arena, &rq, scratch, head.p, head.n) == OK)
		check_request(&rq, head);
	return 0;
}
