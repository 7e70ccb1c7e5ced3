/*
 * Origins (RFC 6454): our own, which hosted pages send their forms from, and those of
 * server.cors_origins, whose pages a browser lets read our answers (the Fetch standard's CORS
 * protocol). Never with credentials: ours are a header that a page sets itself.
 */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include "api/http.h"

/* Whether the request's Origin is that of server.public_url. */
bool origin_is_ours(const struct config *config, const struct http_request *rq);
/* The path that server.public_url has in front of every row's; "" without one. */
struct str public_path(const struct config *config);

/* The lines of every answer. */
void
cors_headers(const struct config *config, const struct http_request *rq, struct http_answer *an);
/* Those of an answered OPTIONS; methods: as in its Allow. */
void cors_preflight(const struct config *config, const struct http_request *rq, struct str methods,
		    struct http_answer *an);

#endif
