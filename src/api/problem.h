/* The one form of an error answer: RFC 9457, application/problem+json, from the rows of errors.def.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/http.h"

/* What a surface wants otherwise. */
struct problem_form {
	bool flat;        /* field errors also stand at the top level */
	const char *code; /* in place of the row's; NULL: the row's */
};

/* form: NULL for the usual one. Sets an's status, headers and body for e and what cx->fault says
 * beyond it. */
void problem_answer(const struct ctx *cx, enum err e, const struct problem_form *form,
		    struct http_answer *an);
/* The header lines alone, for an answer whose body is another's; OK has none. */
void problem_headers(const struct ctx *cx, enum err e, struct http_answer *an);
/* The schema of its body, for OpenAPI. */
struct json_out;
void problem_schema(bool flat, struct json_out *w);
/* "Not Found" for 404 (RFC 9110 15). */
const char *status_phrase(int status);

#endif
