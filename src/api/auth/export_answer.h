/* The owner's export as JSON; papers can be large, so it leaves from a file. */
#ifndef API_AUTH_EXPORT_ANSWER_H
#define API_AUTH_EXPORT_ANSWER_H

#include "api/http.h"
#include "api/shape.h"

extern const struct shape export_out; /* of struct takeout */

/* A row's send. ERR_UNAVAILABLE: no room for the file, or the store is away. */
MUST_CHECK enum err export_send(struct ctx *cx, void *out, struct http_answer *an);

#endif
