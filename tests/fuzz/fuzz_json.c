/* JSON from outside: what json_parse takes can be walked to its ends, and what json_write makes of
 * it is taken again with the same shape. */
#include "fuzz.h"

#include "base/json_read.h"
#include "base/json_write.h"

static void copy(struct json_out *w, const struct json *v);

static void
copy_object(struct json_out *w, const struct json *v)
{
	const struct json *member;
	void *state = NULL;
	struct str name;

	json_open(w);
	while (json_next(v, &state, &name, &member)) {
		json_key_str(w, name);
		copy(w, member);
	}
	json_close(w);
}

static void
copy_list(struct json_out *w, const struct json *v)
{
	json_open_list(w);
	for (size_t i = 0; i < json_count(v); i++)
		copy(w, json_element(v, i));
	json_close_list(w);
}

static void
copy(struct json_out *w, const struct json *v)
{
	int64_t number = 0;
	bool truth = false;

	if (json_kind(v) == JSON_KIND_OBJECT)
		copy_object(w, v);
	else if (json_kind(v) == JSON_KIND_ARRAY)
		copy_list(w, v);
	else if (json_kind(v) == JSON_KIND_STRING)
		json_str(w, json_string(v));
	else if (json_boolean(v, &truth))
		json_bool(w, truth);
	else if (json_integer(v, &number))
		json_int(w, number);
	else
		json_null(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *first CLEANUP_JSON = NULL, *second CLEANUP_JSON = NULL;
	struct ctx *cx = fuzz_start(NULL);
	struct buf again;
	struct json_out w = json_to(&again);

	if (json_parse(cx, fuzz_text(data, size), &first) != OK)
		return 0;
	buf_init_arena(&again, cx->arena, FUZZ_TEXT);
	copy(&w, first);
	require(!again.full && json_parse(cx, buf_view(&again), &second) == OK);
	require(json_count(first) == json_count(second));
	return 0;
}
