/* The one form of an error answer: RFC 9457, application/problem+json, from the rows of errors.def. */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/http.h"

/* Sets an's status, headers and body for e and what cx->fault says beyond it. */
void problem_answer(const struct ctx *cx, enum err e, struct http_answer *an);
/* The schema of its body, for OpenAPI. */
struct json_out;
void problem_schema(struct json_out *w);
/* "Not Found" for 404 (RFC 9110 15). */
const char *status_phrase(int status);

#endif
