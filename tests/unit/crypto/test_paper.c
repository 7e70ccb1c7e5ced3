/* Pieces open in their order, under their own wrapped key and name, and to their end. */
#include "../unit.h"

#include "base/config.h"
#include "crypto/paper.h"
#include "crypto/vault.h"

static struct arena arena;
static struct config config;
static struct ctx cx;

static int
open_vault(void **state UNUSED)
{
	char *environment[] = {
		(char[]){"ALDGATE_KEYS_MASTER_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
		NULL};
	struct buf problem;

	buf_init(&problem, 4096);
	arena_init(&arena, 1 << 20);
	cx = (struct ctx){.arena = &arena, .config = &config};
	return config_read(&config, NULL, environment, &problem, &problem) != OK ||
	       vault_open(&config, true, &cx.vault, &problem) != OK;
}

static int
close_vault(void **state UNUSED)
{
	vault_close(cx.vault);
	config_release(&config);
	arena_release(&arena);
	return 0;
}

struct sealed {
	struct str wrapped;
	char pieces[3][4 + PAPER_EXTRA];
};

static void
seal_three(struct sealed *s)
{
	struct paper_cipher c;

	assert_int_equal(paper_seal_begin(&cx, S("paper:1"), &c, &s->wrapped), OK);
	paper_seal(&c, S("one."), false, s->pieces[0]);
	paper_seal(&c, S("two."), false, s->pieces[1]);
	paper_seal(&c, S("end."), true, s->pieces[2]);
	paper_end(&c);
}

/* How many of the pieces open, in this order. */
static int
opened(const struct sealed *s, const int order[3], int last)
{
	struct paper_cipher c;
	char plain[5] = {0};
	static const char *const want[] = {"one.", "two.", "end."};

	assert_int_equal(paper_open_begin(&cx, S("paper:1"), s->wrapped, &c), OK);
	for (int i = 0; i < 3; i++) {
		struct str piece = {s->pieces[order[i]], sizeof(s->pieces[0])};

		if (paper_open(&c, piece, i == last, plain) != OK)
			return i;
		assert_string_equal(plain, want[order[i]]);
	}
	return 3;
}

static void
orders(void **state UNUSED)
{
	struct sealed s;

	seal_three(&s);
	assert_int_equal(opened(&s, (const int[]){0, 1, 2}, 2), 3);
	assert_int_equal(opened(&s, (const int[]){0, 1, 2}, 1), 1); /* cut short */
	assert_int_equal(opened(&s, (const int[]){0, 1, 2}, 3), 2); /* more is wanted */
	assert_int_equal(opened(&s, (const int[]){1, 0, 2}, 2), 0);
	assert_int_equal(opened(&s, (const int[]){0, 0, 2}, 2), 1);
	assert_int_equal(opened(&s, (const int[]){0, 2, 2}, 2), 1);
	s.pieces[1][5] ^= 1;
	assert_int_equal(opened(&s, (const int[]){0, 1, 2}, 2), 1);
}

static void
keys(void **state UNUSED)
{
	struct sealed a, b;
	struct paper_cipher c;

	seal_three(&a);
	seal_three(&b);
	assert_memory_not_equal(a.pieces[0], b.pieces[0], sizeof(a.pieces[0]));
	assert_int_equal(paper_open_begin(&cx, S("paper:2"), a.wrapped, &c), ERR_INTERNAL);
	memcpy(b.pieces, a.pieces, sizeof(a.pieces));
	assert_int_equal(opened(&b, (const int[]){0, 1, 2}, 2), 0);
	assert_int_equal(paper_open_begin(&cx, S("paper:1"), S("short"), &c), ERR_INTERNAL);
}

static void
digests(void **state UNUSED)
{
	static const uint8_t want[DIGEST_SIZE] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
						  0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
						  0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
						  0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	uint8_t got[DIGEST_SIZE];
	struct digest d;

	digest_begin(&d);
	digest_add(&d, S("a"));
	digest_add(&d, S("bc"));
	digest_end(&d, got);
	assert_memory_equal(got, want, sizeof(got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(keys),
		cmocka_unit_test(digests),
	};

	return cmocka_run_group_tests(tests, open_vault, close_vault);
}
