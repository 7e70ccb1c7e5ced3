/* What each fuzz target starts from: a ctx whose arena is empty, and a way to say what must hold.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/config.h"
#include "base/ctx.h"

#define FUZZ_ARENA (4 * 1024 * 1024)
#define FUZZ_TEXT (64 * 1024) /* a cap that no input of -max_len reaches */
#define FUZZ_NOW (INT64_C(1767225600) * SECOND)

/* libFuzzer's entry; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
require(bool holds)
{
	if (!holds)
		abort();
}

/* environ_ (as config_read takes it: NULL-terminated, or NULL) is read at the first call only. */
static inline struct ctx *
fuzz_start(char **environ_)
{
	static struct arena arena;
	static struct config config;
	static struct ctx cx;
	struct buf words;

	if (cx.arena == NULL) {
		buf_init(&words, FUZZ_TEXT);
		arena_init(&arena, FUZZ_ARENA);
		require(config_read(&config, NULL, environ_, &words, &words) == OK);
		buf_release(&words);
		cx = (struct ctx){.arena = &arena, .config = &config};
	}
	arena_reset(&arena);
	fault_clear(&cx);
	return &cx;
}

static inline struct str
fuzz_text(const uint8_t *data, size_t size)
{
	return (struct str){(const char *)data, size};
}

#endif
