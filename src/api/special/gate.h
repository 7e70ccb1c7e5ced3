/* The gate: one verdict on who asks, for a proxy in front of any other application (docs/gate.md).
 */
#ifndef API_GATE_H
#define API_GATE_H

#include "api/http.h"
#include "api/route.h"

/* What stands before the words in the second form. */
#define GATE_PATH "/gate/require/"

/* Rows' answer functions, after the caller has been found to be signed in. The words stand in the
 * query (204), or behind GATE_PATH up to the next slash (200), and all behind that is ignored. */
bool gate_by_query(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
bool gate_by_path(struct ctx *cx, const struct http_request *rq, struct http_answer *an);

/* Who passed, for the application behind the proxy. */
extern const struct answer_header gate_headers[];

#endif
