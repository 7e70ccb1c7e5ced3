/*
 * Cursors: a text is taken only if it was made here for the very list, and it says what went in. An
 * input is taken as a cursor as it stands, and as the key of a row to make one of, whose every
 * change must be refused.
 */
#include "fuzz_vault.h"

#include "domain/cursor.h"

static enum err
read_cursor(struct ctx *cx, struct str text, struct str scope, struct page *page)
{
	return paging_begin(cx, &(struct page_in){.cursor = text}, scope, page);
}

static void
check_made(struct ctx *cx, struct str key, uint8_t where, uint8_t what)
{
	struct page page = {.scope = S("list of one")}, read;
	struct str text = paging_cursor(cx, &page, key);
	char *changed = arena_copy(cx->arena, text.p, text.n);
	size_t at = where % text.n;
	struct uuid id;

	require(read_cursor(cx, text, page.scope, &read) == OK && str_eq(read.key, key));
	require(paging_id(&read, &id) == (key.n == sizeof(id.b)));
	require(read_cursor(cx, text, S("list of other"), &read) == ERR_INVALID);
	changed[at] = (char)(changed[at] == (char)what ? what ^ 1 : what);
	require(read_cursor(cx, (struct str){changed, text.n}, page.scope, &read) == ERR_INVALID);
	require(read_cursor(cx, (struct str){text.p, at}, page.scope, &read) == ERR_INVALID);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start_with_vault();
	struct str text = fuzz_text(data, size);
	struct page page;

	if (size == 0)
		return 0;
	if (read_cursor(cx, text, S("list of one"), &page) == OK)
		require(str_eq(paging_cursor(cx, &page, page.key), text));
	if (size > 2 && size <= 700)
		check_made(cx, str_from(text, 2), data[0], data[1]);
	return 0;
}
