/* The verification link as a person sees it: a page with a button, so that a mail scanner which opens links uses nothing up. */
#ifndef API_SPECIAL_VERIFY_PAGE_H
#define API_SPECIAL_VERIFY_PAGE_H

#include "api/http.h"

/* Answers browsers (Accept: text/html) and every HEAD; leaves API clients to the operation. */
bool verify_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
/* After the button: how the verification ended. */
void verify_page_done(struct ctx *cx, enum err e, struct http_answer *an);

#endif
