/*
 * The few pages that aldgate shows people itself: one plain frame, no script, nothing from elsewhere. page_begin, then parts, then page_end.
 */
#ifndef API_SPECIAL_PAGE_H
#define API_SPECIAL_PAGE_H

#include "api/http.h"

/* Sets status, type and headers (a strict CSP with a nonce for the one style) and writes up to the heading. */
void page_begin(struct ctx *cx, struct http_answer *an, int status, const char *heading);
void page_text(struct http_answer *an, const char *paragraph);
/* A form that POSTs the hidden value `name` to `action`, with one button. */
void page_button(struct http_answer *an, const char *action, const char *name, struct str value, const char *label);
void page_end(struct http_answer *an);

#endif
