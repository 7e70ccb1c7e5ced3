/*
 * POST by HTTP to an address of the operator's: TLS verified, no proxy, no redirect followed (the
 * body would go to whom nobody configured), and of the answer nothing kept but its status. One
 * thread at a time.
 */
#ifndef NOTIFY_HTTP_POST_H
#define NOTIFY_HTTP_POST_H

#include "notify/curl.h"
#include "notify/mail.h"

/* Zeroed, with `stop`, it is ready; http_poster_release ends it. Keeps its connection. */
struct http_poster {
	const atomic_bool *stop; /* a transfer ends soon after it becomes true */
	const struct curl_api *curl;
	CURL *handle;
	const struct http_post *now; /* what is being sent */
	struct str rest;             /* of the piece that was read */
	size_t answered;             /* bytes of the answer so far */
	bool refused_peer;
	char why[CURL_ERROR_SIZE];
};

struct http_post {
	const char *url;
	const char *const *headers; /* lines; NULL ends them */
	long seconds;               /* that all of it may take */
	/*
	 * Looks at each address that the name leads to before a connection is made: when the URL
	 * does not name this machine itself, neither this machine nor ip_is_local_scope may answer
	 * for it; when it does, nobody else may.
	 */
	bool guarded;
	int64_t size; /* of the body */
	/* Back to the body's start; its next piece, empty at the end, good until the next call. */
	enum err (*rewind)(void *arg);
	enum err (*read)(void *arg, struct str *piece);
	void *arg;
};

enum http_outcome {
	HTTP_ANSWERED, /* report->reply has the status; what came behind it does not matter */
	HTTP_SILENT,   /* nobody there, or nothing said */
	HTTP_STOPPED,  /* *stop became true */
};
/* report->why: in words, when something went wrong on the way. */
enum http_outcome
http_post(struct http_poster *p, const struct http_post *post, struct mail_report *report);
void http_poster_release(struct http_poster *p);

/* A body that lies in memory. */
struct http_text {
	struct str body;
	bool read;
};
enum err http_text_rewind(void *arg);
enum err http_text_read(void *arg, struct str *piece);

#endif
