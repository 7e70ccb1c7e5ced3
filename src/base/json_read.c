/*
 * JSON in. jansson reads; what it would let pass is refused here: a depth that recursion should not
 * follow, values so many and so small that they take far more room than their text, and memory
 * given back with a password still in it. The details say where and why, but never repeat the
 * input.
 */
#include "base/json_read.h"

/* jansson gives two of its makers names that are ours here; this file needs neither. */
#define json_string jansson_string
#define json_integer jansson_integer
#include <jansson.h>
#undef json_string
#undef json_integer
#undef json_boolean

#include <malloc.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
wiping_free(void *p)
{
	if (!p)
		return;
	wipe(p, malloc_usable_size(p));
	free(p);
}

static void
set_up(void)
{
	json_set_alloc_funcs(malloc, wiping_free);
	json_object_seed(0);
}

/* jansson has no const; what comes in as const is only read. */
static json_t *
raw(const struct json *v)
{
	return (json_t *)(uintptr_t)v;
}

static struct json *
wrap(json_t *v)
{
	return (struct json *)v;
}

#define DIGITS_OF(number) #number
#define DIGITS(name) DIGITS_OF(name)

/* What the text would cost beyond its length: a value of two bytes takes a hundred in memory. NULL:
 * not too much. */
static const char *
too_much(struct str text)
{
	bool quoted = false;
	int depth = 0, values = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		if (!quoted && (c == '{' || c == '[' || c == ','))
			values++;
		if (depth > JSON_DEPTH)
			return "nested deeper than " DIGITS(JSON_DEPTH);
		if (values > JSON_VALUES)
			return "more than " DIGITS(JSON_VALUES) " values";
	}
	return NULL;
}

static enum err
refuse(struct ctx *cx, const json_error_t *error)
{
	if (!cx)
		return ERR_MALFORMED;
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return fail(cx, ERR_MALFORMED, "duplicate member near byte %d", error->position);
	case json_error_numeric_overflow:
		return fail(cx, ERR_MALFORMED, "number out of range near byte %d", error->position);
	case json_error_invalid_utf8:
		return fail(cx, ERR_MALFORMED, "not valid UTF-8 near byte %d", error->position);
	case json_error_null_byte_in_key:
		return fail(cx, ERR_MALFORMED, "U+0000 in a member's name");
	case json_error_end_of_input_expected:
		return fail(cx, ERR_MALFORMED, "more than one value near byte %d", error->position);
	case json_error_premature_end_of_input:
		return fail(cx, ERR_MALFORMED, "JSON that ends too early");
	case json_error_out_of_memory:
		die("no memory for a JSON value");
	default:
		return fail(cx, ERR_MALFORMED, "not valid JSON near byte %d", error->position);
	}
}

enum err
json_parse(struct ctx *cx, struct str text, struct json **out)
{
	const char *excess = too_much(text);
	json_error_t error;
	json_t *v;

	pthread_once(&once, set_up);
	if (excess)
		return cx ? fail(cx, ERR_MALFORMED, "%s", excess) : ERR_MALFORMED;
	v = json_loadb(text.p ? text.p : "", text.n,
		       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (!v)
		return refuse(cx, &error);
	*out = wrap(v);
	return OK;
}

enum err
json_parse_object(struct ctx *cx, struct str text, struct json **out)
{
	struct json *v;

	TRY(json_parse(cx, text, &v));
	if (json_kind(v) != JSON_KIND_OBJECT) {
		json_free(&v);
		return cx ? fail(cx, ERR_MALFORMED, "must be a JSON object") : ERR_MALFORMED;
	}
	*out = v;
	return OK;
}

void
json_free(struct json **value)
{
	json_decref(raw(*value));
	*value = NULL;
}

enum json_kind
json_kind(const struct json *v)
{
	if (!v)
		return JSON_KIND_NULL;
	switch (json_typeof(raw(v))) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return JSON_KIND_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOL;
	case JSON_NULL:
	default:
		return JSON_KIND_NULL;
	}
}

const struct json *
json_member(const struct json *v, const char *name)
{
	return wrap(json_object_get(raw(v), name));
}

struct str
json_string(const struct json *v)
{
	if (!json_is_string(raw(v)))
		return STR_NONE;
	return (struct str){json_string_value(raw(v)), json_string_length(raw(v))};
}

bool
json_integer(const struct json *v, int64_t *out)
{
	if (!json_is_integer(raw(v)))
		return false;
	*out = json_integer_value(raw(v));
	return true;
}

bool
json_boolean(const struct json *v, bool *out)
{
	if (!json_is_boolean(raw(v)))
		return false;
	*out = json_is_true(raw(v));
	return true;
}

size_t
json_count(const struct json *v)
{
	return json_is_object(raw(v)) ? json_object_size(raw(v)) : json_array_size(raw(v));
}

const struct json *
json_element(const struct json *v, size_t i)
{
	return wrap(json_array_get(raw(v), i));
}

bool
json_next(const struct json *v, void **state, struct str *name, const struct json **member)
{
	void *at = *state ? json_object_iter_next(raw(v), *state) : json_object_iter(raw(v));

	*state = at;
	if (!at)
		return false;
	*name = str_of(json_object_iter_key(at));
	*member = wrap(json_object_iter_value(at));
	return true;
}
