/*
 * Framing of requests (RFC 9112): where a head ends, what it says, and the bytes of a body. No
 * sockets: bytes in, struct http_request out.
 */
#ifndef SERVER_HEAD_H
#define SERVER_HEAD_H

#include "api/http.h"

#include <llhttp.h>

/* A walk over lines that may come in pieces; start with zeroes (and fields = true for trailers). */
struct head_scan {
	size_t line; /* where the line begins that is being read */
	size_t at;   /* looked at up to here */
	bool fields; /* past the request line */
};

/*
 * Goes on over p[0..n), which holds all bytes from the head's first one. *end: length of the head
 * with its empty line, 0 while that is missing. ERR_MALFORMED on a bare LF or CR, a NUL, a folded
 * line or a line without a name.
 */
MUST_CHECK enum err head_scan(struct head_scan *s, const char *p, size_t n, size_t *end);
/* What is wrong with a head over HTTP_HEAD_MAX: ERR_URI_TOO_LONG or ERR_HEADERS_TOO_LARGE. */
enum err head_oversize(const char *p, size_t n);

/* What the layer itself must know of one message; request and headers are borrowed during
 * head_read. */
struct message {
	llhttp_t parser;
	struct http_request *request;
	struct http_header *headers; /* room for HTTP_HEADERS_MAX */
	struct str target;
	enum err error; /* why a parser callback stopped */
	bool in_value;
	bool keep_alive; /* the client wants more on this connection */
	bool old;        /* HTTP/1.0 */
	bool chunked;
	bool trailers; /* the last chunk is read */
	bool expects_continue;
	int64_t left;          /* of a body with a length */
	size_t framing;        /* bytes of a chunked body that were not content */
	struct head_scan scan; /* of the trailers */
	struct buf *body;      /* borrowed during body_take */
	size_t limit;
	size_t content; /* bytes of the body so far */
};

/*
 * Reads the whole head p[0..n), which must outlive the request. scratch: room for HTTP_HEADERS_MAX
 * headers, free again afterwards. On an error rq holds what was understood so far.
 */
MUST_CHECK enum err head_read(struct message *m, struct arena *a, struct http_request *rq,
			      struct http_header *scratch, const char *p, size_t n);

struct evbuffer;

/*
 * Moves what belongs to the body from in to body. *whole: it is complete. ERR_TOO_LARGE past limit
 * bytes, ERR_MALFORMED on broken or bloated chunks.
 */
MUST_CHECK enum err
body_take(struct message *m, struct evbuffer *in, struct buf *body, size_t limit, bool *whole);

#endif
