/*
 * The few pages that aldgate shows people itself: one plain frame, no script, nothing from
 * elsewhere. page_begin, then parts, then page_end.
 */
#ifndef API_SPECIAL_PAGE_H
#define API_SPECIAL_PAGE_H

#include "api/http.h"

/* Sets status, type and headers (a strict CSP with a nonce for the one style) and writes up to the
 * heading. */
void page_begin(struct ctx *cx, struct http_answer *an, int status, const char *heading);
/* The same with a style of its own. */
void page_begin_styled(struct ctx *cx, struct http_answer *an, int status, const char *heading,
		       const char *css);
void page_text(struct http_answer *an, const char *paragraph);
/* A line with a link to `path` of ours. */
void page_link(const struct ctx *cx, struct http_answer *an, const char *path, const char *label);
void page_alert(struct http_answer *an, struct str sentence);
/* A form to `path` of ours that carries a token: open it, put fields in, close it with its button.
 */
void page_form(const struct ctx *cx, struct http_answer *an, const char *path, struct str token);
void page_new_password(struct http_answer *an, const char *name, const char *label);
void page_submit(struct http_answer *an, const char *label);
void page_end(struct http_answer *an);

/* The token of the link that was opened, or of the form that was sent; absent: none readable. */
struct str page_token(struct ctx *cx, struct str query_or_form);
/* What is said after a link or a button that did not do what it should. */
void page_failure(struct ctx *cx, enum err e, struct http_answer *an);

#endif
