/* The encodings are strict: what a decoder takes is exactly what the encoder makes, so that one
 * value has one text. */
#include "fuzz.h"

#include "base/enc.h"

static void
check_base64url(struct ctx *cx, struct str text)
{
	size_t n = text.n;
	void *bytes = arena_alloc(cx->arena, n);
	struct buf again;

	if (!base64url_decode(text, bytes, &n))
		return;
	buf_init_arena(&again, cx->arena, FUZZ_TEXT);
	base64url_encode(&again, bytes, n);
	require(str_eq(buf_view(&again), text) && BASE64URL_LENGTH(n) == text.n);
}

static void
check_base64(struct ctx *cx, struct str text)
{
	size_t n = text.n;
	void *bytes = arena_alloc(cx->arena, n);
	struct buf again;

	if (!base64_decode(text, bytes, &n))
		return;
	buf_init_arena(&again, cx->arena, FUZZ_TEXT);
	base64_encode(&again, bytes, n, 0);
	require(str_eq(buf_view(&again), text));
}

static void
check_percent(struct ctx *cx, struct str text)
{
	struct buf escaped, plain;

	buf_init_arena(&escaped, cx->arena, FUZZ_TEXT);
	buf_init_arena(&plain, cx->arena, FUZZ_TEXT);
	(void)percent_decode(&plain, text, true);
	buf_clear(&plain);
	percent_encode(&escaped, text);
	require(percent_decode(&plain, buf_view(&escaped), false) ==
		(memchr(text.p, 0, text.n) == NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start(NULL);
	struct str text = fuzz_text(data, size), value;

	if (size == 0)
		return 0;
	check_base64url(cx, text);
	check_base64(cx, text);
	check_percent(cx, text);
	(void)form_value(cx->arena, text, S("token"), &value);
	return 0;
}
