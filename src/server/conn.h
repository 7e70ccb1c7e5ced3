/*
 * The HTTP/1.1 layer (RFC 9112): connections on libevent's events and buffers, heads and framing by
 * llhttp in strict mode, deadlines and caps, keep-alive, and the way to the worker threads and
 * back. It knows nothing of what is served: a struct http_service says so, aldgate's (service.c) or
 * the benchmark's (bench/ceiling.c).
 */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "api/http.h"
#include "base/uuid.h"

#define HTTP_HEAD_MAX                                                                              \
	(16 * 1024) /* request line and headers: 431, or 414 when the target alone is over         \
		       HTTP_TARGET_MAX */
#define HTTP_TARGET_MAX (8 * 1024)
#define HTTP_HEADERS_MAX 100
#define HTTP_HEAD_DEADLINE (10 * SECOND)    /* from the first byte to the end of the head: 408 */
#define HTTP_REQUEST_DEADLINE (30 * SECOND) /* from the first byte to the end of the body: 408 */
#define HTTP_IDLE_DEADLINE (75 * SECOND)    /* between two requests; closed without a word */
#define HTTP_UPLOADS_MOST 64                /* bodies on their way into files: 503 */
#define HTTP_UPLOADS_OF_ONE 4               /* of the same: 429 */
#define HTTP_WRITE_DEADLINE (30 * SECOND)   /* a client that does not read its answer */

/* One request on its way through. Valid from head() until the answer is written; lent to one thread
 * at a time. */
struct exchange {
	struct arena arena; /* of this request; wiped behind it */
	struct http_request request;
	struct http_answer answer; /* initialised before head() */
	int64_t started_at;        /* clock_mono() at the request's first byte */
	size_t body_limit;         /* head() sets it; past it: 413 */
	bool body_unread; /* head() sets it: serve() comes at once, whatever body is coming */
	struct str
		upload_folder; /* head() sets it: the body goes into request.upload, made there */
	struct uuid upload_of; /* and whose it is: few of the same at once; zero: not counted */
	void *route;           /* the service's own */
};

enum http_next {
	HTTP_ANSWERED, /* answer is set; the body is not read. A connection whose body was not read
			  closes behind the answer */
	HTTP_FAST,     /* read the body, then serve() on this loop thread */
	HTTP_WORK,     /* read the body, then serve() on a worker thread */
};

struct http_service {
	void *arg;
	/* The whole head is there; on a loop thread, must not block. */
	enum http_next (*head)(void *arg, struct exchange *ex);
	/* The whole request is there; fills ex->answer. */
	void (*serve)(void *arg, struct exchange *ex);
	/*
	 * The layer itself refuses: a broken, slow or huge request (status from e's row) or a full
	 * worker queue (ERR_OVERLOADED). request holds what was understood so far. Fills
	 * ex->answer; the layer adds close where the framing is lost.
	 */
	void (*refuse)(void *arg, struct exchange *ex, enum err e);
	/* After an answer was handed to the socket, or nobody was left to hand it to: for the log.
	 * On a loop thread. */
	void (*done)(void *arg, struct exchange *ex);
	/* A loop thread has nothing more to do until the next event. */
	void (*rest)(void *arg);
	/* A loop or worker thread is about to end (it may close what it holds). */
	void (*thread_end)(void *arg);
	/* Header lines that stand in every answer ("Name: value\r\n"…), fixed at start. */
	struct str common_headers;
};

struct tls;

struct http_options {
	struct str listen; /* "127.0.0.1:8080", "[::1]:8080", "unix:/path" */
	int inherited_fd;  /* a listening socket handed over (systemd), or -1 */
	struct tls *tls;   /* outlives the server; NULL: plain */
	int loops;         /* event loop threads; 0: one a core */
	int workers_max;   /* worker threads, made on demand, gone after 10 idle seconds */
	int queue_max; /* requests waiting for a worker; past it refuse(ERR_OVERLOADED) at once */
	int connections_max; /* 0: from RLIMIT_NOFILE, keeping back what threads, uploads and the
				program open; past it a connection is closed with 503 */
};

struct http_server;

/* Binds and starts the threads; accepting has begun when it returns OK. *problem: one sentence for
 * the operator. Does not touch signals. */
MUST_CHECK enum err http_start(const struct http_options *options,
			       const struct http_service *service, struct http_server **out,
			       struct buf *problem);
/* Stops accepting, closes idle connections, lets what runs finish for at most `patience`
 * microseconds, ends the threads, frees all. */
void http_stop(struct http_server *s, int64_t patience);
/* The bound address as text ("127.0.0.1:8080"), for logs and port 0. */
struct str http_address(const struct http_server *s);

#endif
