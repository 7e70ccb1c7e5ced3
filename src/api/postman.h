/*
 * A surface as a Postman collection (v2.1): requests in an order that runs green from the first to
 * the last against a server whose mails a mailbox endpoint hands out (tests/postman/mailbox.mjs).
 * What each request expects stands twice, by the same rows: as Postman's scripts, and in the member
 * "x-aldgate" for whoever runs the collection without them.
 */
#ifndef API_POSTMAN_H
#define API_POSTMAN_H

#include "api/route.h"
#include "base/buf.h"
#include "base/config.h"

/* ERR_NOT_FOUND: no such surface is enabled, or it has no collection. */
MUST_CHECK enum err postman_write(const struct config *config, struct str surface, struct buf *out);

enum {
	STEP_FRESH = 1,     /* goes on as somebody who was never seen before */
	STEP_MAIL = 2,      /* waits for the next mail first: {{code}} and {{token}} are from it */
	STEP_ANONYMOUS = 4, /* without the bearer that the row would take */
};

/* One request: a row of the route table, and what its place in the order adds. */
struct postman_step {
	const char *operation; /* names the row */
	unsigned flags;
	const char *fields; /* to send beside the required ones: "device_id id={{session_id}}" */
	const char *keep;   /* variables from the answer: "access=tokens.access" */
	enum err refused;   /* how it ends; OK: with the row's first answer */
	const char *title;  /* NULL: the row's summary */
};

struct postman_steps {
	const char *surface;
	const struct postman_step *steps;
	size_t n;
};

/* NULL: the surface has no collection. */
const struct postman_steps *postman_steps_of(struct str surface);

#endif
