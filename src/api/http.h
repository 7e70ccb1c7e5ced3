/*
 * One HTTP request and its answer as values, between the layer that speaks HTTP (server/conn.c) and
 * those who answer (pipeline.c). No sockets here. RFC 9110.
 */
#ifndef API_HTTP_H
#define API_HTTP_H

#include "base/buf.h"
#include "base/ctx.h"

struct spool;

enum method {
	METHOD_OTHER, /* known to HTTP, served by no row */
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
};

struct str method_name(enum method m);

struct http_header {
	struct str name, value; /* as sent, value without the white space around it */
};

struct http_request {
	enum method method;
	struct str path;  /* as sent, before '?'; begins with '/' (a whole URL as target is cut to
			     its path) or is "*" */
	struct str query; /* absent without '?' */
	const struct http_header *headers;
	size_t header_count;
	struct str body;        /* empty until all of it is there */
	struct spool *upload;   /* holds the body instead, rewound, for who asked for that */
	int64_t content_length; /* as announced; -1: chunked, 0: none */
	struct str peer;        /* numeric address of the other end, "unix" for a unix socket */
};

/* The value of the first header of that name (any case); absent when there is none. *count (may be
 * NULL): how often it stands. */
struct str http_header_named(const struct http_request *rq, struct str wanted, size_t *count);
static inline struct str
http_header(const struct http_request *rq, const char *name, size_t *count)
{
	return http_header_named(rq, str_of(name), count);
}

/* Whether a Content-Type is this one, in any case and whatever its parameters. */
bool http_is_media_type(struct str value, struct str type);

/* Whether a browser asks (its Accept has text/html), or a HEAD, whose answer shows nothing. */
bool http_wants_page(const struct http_request *rq);

struct http_answer {
	int status;
	struct str content_type; /* absent: no body and no Content-Type */
	struct buf head;         /* further header lines, each "Name: value\r\n"; in the arena */
	struct buf body;         /* in the arena; for HEAD only its length is sent */
	struct spool *file;      /* sent instead, rewound; freed by who sends; NULL: body */
	bool close;              /* end the connection behind it */
};

#define HTTP_BODY_CAP (4 * 1024 * 1024) /* of an answer */

void http_answer_init(struct http_answer *an, struct arena *a);
/* Appends a header line. value must hold no CR or LF (such a line is left out). */
void http_answer_header(struct http_answer *an, const char *name, struct str value);

#endif
