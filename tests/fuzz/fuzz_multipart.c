/* A form's story does not depend on the pieces that it comes in, and every byte of content that is
 * told of was sent. */
#include "fuzz.h"

#include "api/multipart.h"

static char *no_environ[] = {NULL};

struct told {
	struct buf text;
	size_t content;
};

static enum err
begins(void *arg, const struct multipart_part *part)
{
	struct told *t = arg;

	require(part->name.n > 0 && part->name.n <= MULTIPART_NAME_MAX && utf8_valid(part->name));
	require(str_absent(part->filename) || utf8_valid(part->filename));
	buf_char(&t->text, '<');
	buf_str(&t->text, part->name);
	buf_char(&t->text, '>');
	return OK;
}

static enum err
data(void *arg, struct str bytes)
{
	struct told *t = arg;

	require(bytes.n > 0);
	t->content += bytes.n;
	buf_str(&t->text, bytes);
	return OK;
}

static enum err
ends(void *arg)
{
	struct told *t = arg;

	buf_char(&t->text, '.');
	return OK;
}

static enum err
read_in_steps(struct ctx *cx, struct str body, size_t step, struct told *t)
{
	struct multipart_events events = {t, begins, data, ends};
	struct multipart *m = arena_new(cx->arena, struct multipart);

	buf_init_arena(&t->text, cx->arena, 2 * FUZZ_TEXT);
	t->content = 0;
	multipart_init(m, S("b"), &events);
	while (body.n > 0) {
		struct str piece = {body.p, body.n < step ? body.n : step};

		TRY(multipart_feed(m, piece));
		body = str_from(body, piece.n);
	}
	return multipart_finish(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct ctx *cx = fuzz_start(no_environ);
	struct str body = fuzz_text(bytes, size), boundary;
	struct told whole, split;
	enum err e = read_in_steps(cx, body, SIZE_MAX, &whole);

	require(whole.content <= size);
	require(read_in_steps(cx, body, size ? 1 + bytes[0] % 7 : 1, &split) == e);
	if (e == OK)
		require(str_eq(buf_view(&whole.text), buf_view(&split.text)));
	if (multipart_boundary(body, &boundary))
		require(boundary.n > 0 && boundary.n <= MULTIPART_BOUNDARY_MAX);
	return 0;
}
