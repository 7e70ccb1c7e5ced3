/*
 * The way of one request through its phases, in this order: match → limit → authenticate →
 * authorise → bind → operate → render. Two steps, since the head can decide before a body is read,
 * and on another thread than the rest.
 */
#ifndef API_PIPELINE_H
#define API_PIPELINE_H

#include "api/http.h"
#include "api/route.h"
#include "domain/caller.h"

#define BODY_MAX (64 * 1024)

/* What the head phase found out; lives in the request's arena. */
struct job {
	const struct route *route; /* NULL: none */
	const struct surface *surface;
	struct str params[ROUTE_PARAMS];
	struct str request_id;
	struct caller caller;
	bool upload;         /* the body is to be kept in a file */
	struct uuid claimed; /* the account that its token names; all the same number, unless a
				signature has proven it */
};

enum pipeline_next { PIPELINE_ANSWERED, PIPELINE_FAST, PIPELINE_WORK };

/*
 * On an event loop, with the head alone. base: the pointers that a request's ctx starts from. *job
 * is set always, *body_limit when the request goes on.
 */
enum pipeline_next pipeline_head(const struct ctx *base, struct arena *a,
				 const struct http_request *rq, struct http_answer *an,
				 struct job **job, size_t *body_limit);
/* With the body; fills an. */
void pipeline_serve(const struct ctx *base, struct arena *a, const struct http_request *rq,
		    struct job *job, struct http_answer *an);
/* The HTTP layer refuses. *job: made when it is NULL, since the head was never read. */
void pipeline_refuse(const struct ctx *base, struct arena *a, const struct http_request *rq,
		     struct job **job, enum err e, struct http_answer *an);
/* Header lines of every answer ("Name: value\r\n"…). */
struct str pipeline_common_headers(struct ctx *cx);

#endif
