/*
 * JSON from outside (RFC 8259, I-JSON of RFC 7493): UTF-8, objects without duplicate members, a
 * bounded depth. Behind it is jansson, which nobody else includes. Memory is wiped when freed.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/ctx.h"

struct json; /* one value; those inside live as long as the outermost */

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_NUMBER,
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT
};

#define JSON_DEPTH 16
#define JSON_VALUES 16384 /* opening brackets and commas */

/* Hidden, as the library behind json_read exports some of these names for itself. */
#pragma GCC visibility push(hidden)

/* One whole value, at most JSON_DEPTH deep and of JSON_VALUES; ERR_MALFORMED (with a detail, when
 * cx is not NULL) otherwise. */
MUST_CHECK enum err json_parse(struct ctx *cx, struct str text, struct json **out);
/* The same, and the value must be an object. */
MUST_CHECK enum err json_parse_object(struct ctx *cx, struct str text, struct json **out);
void json_free(struct json **value);
#define CLEANUP_JSON CLEANUP(json_free)

enum json_kind json_kind(const struct json *v); /* NULL counts as null */
/* NULL when v is no object or has no such member. */
const struct json *json_member(const struct json *v, const char *name);
/* Absent when v is NULL or no string. May hold U+0000. */
struct str json_string(const struct json *v);
/* false when v is NULL or no integer of 64 bits. */
bool json_integer(const struct json *v, int64_t *out);
bool json_boolean(const struct json *v, bool *out);
size_t json_count(const struct json *v); /* members or elements; 0 for others */
const struct json *json_element(const struct json *v, size_t i);
/* Walks an object: start with *state = NULL; false at the end. */
bool json_next(const struct json *v, void **state, struct str *name, const struct json **member);

#pragma GCC visibility pop

#endif
