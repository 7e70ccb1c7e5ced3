/*
 * Refresh tokens: no text but one that was made here is taken, and one that was made says what went
 * in. An input of 24 bytes or more is also taken as a session and a counter to make a token of,
 * whose every change must be refused.
 */
#include "fuzz_vault.h"

#include "crypto/token.h"

static void
check_made(struct ctx *cx, const uint8_t *data)
{
	struct refresh_token made, read;
	struct str text;
	char *changed;
	size_t at;

	memcpy(made.session.b, data, 16);
	memcpy(&made.counter, data + 16, 8);
	made.counter &= INT64_MAX;
	if (refresh_token_make(cx, &made, &text) != OK)
		return;
	require(text.n <= REFRESH_MAX && refresh_token_read(cx, text, &read) == OK);
	require(uuid_eq(&made.session, &read.session) && made.counter == read.counter);
	at = data[0] % text.n;
	changed = arena_copy(cx->arena, text.p, text.n);
	changed[at] = (char)(changed[at] == data[1] ? data[1] ^ 1 : data[1]);
	require(refresh_token_read(cx, (struct str){changed, text.n}, &read) == ERR_TOKEN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctx *cx = fuzz_start_with_vault();
	struct refresh_token read;
	enum err e = refresh_token_read(cx, fuzz_text(data, size), &read);

	require(e == OK || e == ERR_TOKEN);
	if (size >= 24)
		check_made(cx, data);
	return 0;
}
