/* A form's story does not depend on the pieces that it comes in, and every byte of content that is
 * told of was sent. */
#include "fuzz.h"

#include "api/multipart.h"

static char *no_environ[] = {NULL};

static size_t content; /* bytes that were told of */

static enum err
begins(void *text, const struct multipart_part *part)
{
	require(part->name.n > 0 && part->name.n <= MULTIPART_NAME_MAX && utf8_valid(part->name));
	require(str_absent(part->filename) || utf8_valid(part->filename));
	buf_char(text, '<');
	buf_str(text, part->name);
	buf_char(text, '>');
	return OK;
}

static enum err
data(void *text, struct str bytes)
{
	require(bytes.n > 0);
	content += bytes.n;
	buf_str(text, bytes);
	return OK;
}

static enum err
ends(void *text)
{
	buf_char(text, '.');
	return OK;
}

static enum err
read_in_steps(struct ctx *cx, struct str body, size_t step, struct buf *text)
{
	struct multipart_events events = {text, begins, data, ends};
	struct multipart *m = arena_new(cx->arena, struct multipart);

	buf_init_arena(text, cx->arena, 2 * FUZZ_TEXT);
	content = 0;
	multipart_init(m, S("b"), &events);
	for (size_t n; body.n > 0; body = str_from(body, n)) {
		n = body.n < step ? body.n : step;
		TRY(multipart_feed(m, (struct str){body.p, n}));
	}
	return multipart_finish(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct ctx *cx = fuzz_start(no_environ);
	struct str body = fuzz_text(bytes, size), boundary;
	struct buf whole, split;
	enum err e = read_in_steps(cx, body, SIZE_MAX, &whole);

	require(content <= size);
	require(read_in_steps(cx, body, size ? 1 + bytes[0] % 7 : 1, &split) == e);
	if (e == OK)
		require(str_eq(buf_view(&whole), buf_view(&split)));
	if (multipart_boundary(body, &boundary))
		require(boundary.n > 0 && boundary.n <= MULTIPART_BOUNDARY_MAX);
	return 0;
}
