/*
 * Bodies: those with a length are counted, chunked ones go through llhttp up to the last chunk.
 * Trailers are walked by the same strict lines as a head and dropped. What is not content (chunk
 * sizes, extensions, trailers) must stay in proportion, so that a small body can't be wrapped in
 * endless framing.
 */
#include "server/head.h"

#include <event2/buffer.h>

#define FRAMING_ALLOWANCE ((size_t)16 * 1024)
#define FRAMING_A_BYTE 8 /* a chunk of one byte takes 5 */
#define PIECES 8

static bool
take_counted(struct message *m, struct evbuffer *in, struct buf *body)
{
	struct evbuffer_iovec piece[PIECES];
	int count = evbuffer_peek(in, (ev_ssize_t)m->left, NULL, piece, PIECES);
	size_t taken = 0;

	for (int i = 0; i < count && i < PIECES && m->left > 0; i++) {
		size_t n = piece[i].iov_len;

		if (n > (size_t)m->left)
			n = (size_t)m->left;
		buf_add(body, piece[i].iov_base, n);
		m->left -= (int64_t)n;
		m->content += n;
		taken += n;
	}
	evbuffer_drain(in, taken);
	return taken > 0;
}

/* One piece of chunked bytes; *used of them were read. */
static enum err
take_chunks(struct message *m, const char *p, size_t n, size_t *used)
{
	size_t before = m->content;
	llhttp_errno_t e;

	llhttp_resume(&m->parser);
	e = llhttp_execute(&m->parser, p, n);
	if (e != HPE_OK && e != HPE_PAUSED)
		return m->error != OK ? m->error : ERR_MALFORMED;
	*used = e == HPE_OK ? n : (size_t)(llhttp_get_error_pos(&m->parser) - p);
	m->framing += *used - (m->content - before);
	return m->framing > FRAMING_ALLOWANCE + FRAMING_A_BYTE * m->content ? ERR_MALFORMED : OK;
}

static enum err
take_trailers(struct message *m, struct evbuffer *in, bool *whole)
{
	size_t n = evbuffer_get_length(in), end;
	const char *p;

	if (n == 0)
		return OK;
	p = (const char *)evbuffer_pullup(in, -1);
	TRY(head_scan(&m->scan, p, n, &end));
	if ((end ? end : n) > FRAMING_ALLOWANCE)
		return ERR_MALFORMED;
	if (end) {
		evbuffer_drain(in, end);
		*whole = true;
	}
	return OK;
}

static enum err
take_chunked(struct message *m, struct evbuffer *in, bool *whole)
{
	struct evbuffer_iovec piece;
	size_t used;

	while (!m->trailers && evbuffer_peek(in, -1, NULL, &piece, 1) > 0) {
		TRY(take_chunks(m, piece.iov_base, piece.iov_len, &used));
		evbuffer_drain(in, used);
	}
	if (!m->trailers)
		return OK;
	m->scan.fields = true;
	return take_trailers(m, in, whole);
}

enum err
body_take(struct message *m, struct evbuffer *in, struct buf *body, size_t limit, bool *whole)
{
	*whole = false;
	m->body = body;
	m->limit = limit;
	if (m->chunked)
		return take_chunked(m, in, whole);
	while (m->left > 0 && take_counted(m, in, body))
		;
	*whole = m->left == 0;
	return OK;
}
