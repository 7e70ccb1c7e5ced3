/* /metrics: the Prometheus text format 0.0.4, for who asks on this machine. */
#ifndef API_SPECIAL_METRICS_PAGE_H
#define API_SPECIAL_METRICS_PAGE_H

#include "api/http.h"

/* 404 for everybody else. */
bool metrics_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);

#endif
