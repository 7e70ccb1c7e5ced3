/*
 * Bodies, counted and in chunks. However the bytes are cut up on their way, the same body comes out
 * or the same error, never more than was announced or allowed, and what follows it is left alone.
 * The input's first byte says how it is framed, the second how it is cut.
 */
#include "fuzz.h"

#include "server/conn.h"
#include "server/head.h"

#include <event2/buffer.h>

#define LIMIT 4096

static const char *const heads[] = {
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
};

struct outcome {
	enum err e;
	bool whole;
	struct buf body;
	size_t used;
};

static struct outcome
read_body(struct ctx *cx, struct str head, struct str bytes, size_t step)
{
	static struct http_header scratch[HTTP_HEADERS_MAX];
	struct evbuffer *in = evbuffer_new();
	struct outcome out = {.e = OK};
	struct http_request rq = {0};
	struct message m;

	require(head_read(&m, cx->arena, &rq, scratch, head.p, head.n) == OK);
	buf_init_arena(&out.body, cx->arena, FUZZ_TEXT);
	for (size_t at = 0, n; at < bytes.n && out.e == OK && !out.whole; at += n) {
		n = step < bytes.n - at ? step : bytes.n - at;
		require(evbuffer_add(in, bytes.p + at, n) == 0);
		out.e = body_take(&m, in, &out.body, LIMIT, &out.whole);
		out.used = at + n - evbuffer_get_length(in);
	}
	require(out.body.n <= LIMIT && out.body.n <= bytes.n);
	require(m.chunked || out.body.n == (size_t)(rq.content_length - m.left));
	evbuffer_free(in);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start(NULL);
	struct outcome once, pieces;
	struct str head, bytes;

	if (size < 3)
		return 0;
	head = str_of(heads[data[0] % ARRAY_LEN(heads)]);
	bytes = fuzz_text(data + 2, size - 2);
	once = read_body(cx, head, bytes, bytes.n);
	pieces = read_body(cx, head, bytes, 1 + data[1] % 40);
	require(once.e == pieces.e && once.whole == pieces.whole);
	require(once.e != OK || str_eq(buf_view(&once.body), buf_view(&pieces.body)));
	require(!once.whole || once.used == pieces.used);
	return 0;
}
