/* /docs: the API for people, one page made from the same rows as the OpenAPI document. */
#ifndef API_SPECIAL_DOCS_PAGE_H
#define API_SPECIAL_DOCS_PAGE_H

#include "api/http.h"

bool docs_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);

#endif
