/* The links in mails as a person sees them: a page with a button or a form, so that a mail scanner
 * which opens links uses nothing up. */
#ifndef API_SPECIAL_LINK_PAGES_H
#define API_SPECIAL_LINK_PAGES_H

#include "api/http.h"

/* Verification. Answers browsers (Accept: text/html) and every HEAD; leaves API clients to the
 * operation. */
bool verify_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
void
verify_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an);

/* A new password. */
bool reset_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
void
reset_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an);

/* A deletion is taken back. */
bool restore_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
void restore_page_done(struct ctx *cx, const struct http_request *rq, enum err e,
		       struct http_answer *an);

/* "I did not sign up", "this was not me". */
bool undo_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
void
undo_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an);

/* A refusal where one of these pages would stand. */
void link_page_refused(struct ctx *cx, const struct http_request *rq, enum err e,
		       struct http_answer *an);

#endif
