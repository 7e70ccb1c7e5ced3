/* Refresh tokens, link tokens and codes. */
#include "../unit.h"

#include "base/rnd.h"
#include "crypto/token.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SESSION "01890a5d-ac96-774b-bcce-b302099a8057"

static struct arena arena;
static struct ctx cx = {.arena = &arena};
static struct vault *ours, *theirs;

static struct vault *
open_key(const char *key)
{
	struct config config = {.keys_master_key = secret_of(str_of(key))};
	struct buf problem CLEANUP_BUF;
	struct vault *v = NULL;

	buf_init(&problem, 1024);
	if (vault_open(&config, false, &v, &problem) != OK)
		die("no vault");
	return v;
}

static struct uuid
id(const char *text)
{
	struct uuid out;

	assert_true(uuid_parse(str_of(text), &out));
	return out;
}

/* The texts were computed apart from this code, under KEY_A. */
static const struct {
	const char *name;
	int64_t counter;
	const char *text;
} golden[] = {
	{"first", 0, "agr_AYkKXayWd0u8zrMCCZqAVwAAAAAAAAAA9TE9fQsuTbXMZ0a9pUoDcNCKa3dxvdoW"},
	{"second", 1, "agr_AYkKXayWd0u8zrMCCZqAVwAAAAAAAAABQ-SLdXRy3zTYbasKgrd3mXD2kseJVWCV"},
	{"last", INT64_MAX, "agr_AYkKXayWd0u8zrMCCZqAV3__________0EBuoOs0yy0cyJiw4DHL937BUw-e0Im8"},
};

static void
refresh_tokens(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(golden); i++) {
		struct refresh_token t = {.session = id(SESSION), .counter = golden[i].counter},
				     back;
		struct str text;

		print_message("%s\n", golden[i].name);
		assert_int_equal(refresh_token_make(&cx, &t, &text), OK);
		assert_str(text, str_of(golden[i].text));
		assert_true(text.n <= REFRESH_MAX);
		assert_int_equal(refresh_token_read(&cx, text, &back), OK);
		assert_true(uuid_eq(&back.session, &t.session));
		assert_int_equal(back.counter, t.counter);
	}
	struct refresh_token negative = {.session = id(SESSION), .counter = -1};
	struct str text;

	assert_int_equal(refresh_token_make(&cx, &negative, &text), ERR_INTERNAL);
}

#define GOOD "AYkKXayWd0u8zrMCCZqAVwAAAAAAAAAA9TE9fQsuTbXMZ0a9pUoDcNCKa3dxvdoW"

static const struct {
	const char *name;
	struct str text;
} bad_refresh[] = {
	{"absent", {NULL, 0}},
	{"empty", {"", 0}},
	{"prefix only", {"agr_", 4}},
	{"no prefix", {GOOD, 64}},
	{"other prefix", {"agx_" GOOD, 68}},
	{"upper-case prefix", {"AGR_" GOOD, 68}},
	{"space before", {" agr_" GOOD, 69}},
	{"space behind", {"agr_" GOOD " ", 69}},
	{"line end behind", {"agr_" GOOD "\n", 69}},
	{"padded", {"agr_" GOOD "=", 69}},
	{"one character less", {"agr_" GOOD, 67}},
	{"one group more", {"agr_" GOOD "AAAA", 72}},
	{"twice", {"agr_" GOOD "agr_" GOOD, 136}},
	{"other alphabet",
	 {"agr_AYkKXayWd0u8zrMCCZqAVwAAAAAAAAAA9TE9fQsuTbXMZ0a9pUoDcNCKa3dxvd+/", 68}},
	{"all zero", {"agr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 68}},
	{"a JWT", {"eyJhbGciOiJub25lIn0.e30.", 24}},
};

static void
bad_refresh_tokens(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_refresh); i++) {
		struct refresh_token t;

		print_message("%s\n", bad_refresh[i].name);
		assert_int_equal(refresh_token_read(&cx, bad_refresh[i].text, &t), ERR_TOKEN);
	}
}

static void
each_character_counts(void **state)
{
	struct str text = str_of(golden[1].text);
	char *changed = arena_copy(&arena, text.p, text.n);
	struct refresh_token t;

	for (size_t i = 0; i < text.n; i++) {
		changed[i] = text.p[i] == 'B' ? 'C' : 'B';
		assert_int_equal(refresh_token_read(&cx, (struct str){changed, text.n}, &t),
				 ERR_TOKEN);
		changed[i] = text.p[i];
	}
	assert_int_equal(refresh_token_read(&cx, (struct str){changed, text.n}, &t), OK);
}

/* Right in form and checksum, but made under another master key. */
static void
foreign_refresh_tokens(void **state)
{
	struct refresh_token t = {.session = id(SESSION), .counter = 3}, back;
	struct str text;

	cx.vault = theirs;
	assert_int_equal(refresh_token_make(&cx, &t, &text), OK);
	cx.vault = ours;
	assert_int_equal(refresh_token_read(&cx, text, &back), ERR_TOKEN);
}

static void
link_tokens(void **state)
{
	uint8_t mac[MAC_SIZE], again[MAC_SIZE], other[MAC_SIZE];
	struct str text, second;

	assert_int_equal(link_token_make(&cx, &text, mac), OK);
	assert_int_equal(text.n, 32);
	assert_int_equal(link_token_mac(&cx, text, again), OK);
	assert_memory_equal(mac, again, sizeof(mac));
	assert_int_equal(link_token_make(&cx, &second, other), OK);
	assert_false(str_eq(text, second));
	assert_memory_not_equal(mac, other, sizeof(mac));
	cx.vault = theirs;
	assert_int_equal(link_token_mac(&cx, text, other), OK);
	cx.vault = ours;
	assert_memory_not_equal(mac, other, sizeof(mac));
}

static const struct {
	const char *name;
	struct str text;
} bad_links[] = {
	{"absent", {NULL, 0}},
	{"empty", {"", 0}},
	{"31 characters", {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 31}},
	{"33 characters", {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33}},
	{"padded", {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 32}},
	{"other alphabet", {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/", 32}},
	{"a space in it", {"AAAAAAAAAAAAAAA AAAAAAAAAAAAAAAA", 32}},
	{"a NUL in it", {"AAAAAAAAAAAAAAA\0AAAAAAAAAAAAAAAA", 32}},
	{"not ASCII", {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc3\xa4", 32}},
};

static void
bad_link_tokens(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_links); i++) {
		uint8_t mac[MAC_SIZE];

		print_message("%s\n", bad_links[i].name);
		assert_int_equal(link_token_mac(&cx, bad_links[i].text, mac), ERR_INVALID_LINK);
	}
}

/* d stands for the digits of the code, in their order; anything else is itself. */
static const struct {
	const char *name;
	struct str form;
	bool want;
} code_rows[] = {
	{"as sent", {"dddddd", 6}, true},
	{"in two groups", {"ddd ddd", 7}, true},
	{"spaces around", {"  dddddd ", 9}, true},
	{"spaces everywhere", {"d d d d d d", 11}, true},
	{"empty", {"", 0}, false},
	{"spaces only", {"      ", 6}, false},
	{"five digits", {"ddddd", 5}, false},
	{"one digit more", {"dddddd0", 7}, false},
	{"one digit before", {"0dddddd", 7}, false},
	{"a tab", {"ddd\tddd", 7}, false},
	{"a dash", {"ddd-ddd", 7}, false},
	{"a line end", {"dddddd\n", 7}, false},
	{"a no-break space",
	 {"ddd\xc2\xa0"
	  "ddd",
	  8},
	 false},
	{"a NUL behind", {"dddddd\0", 7}, false},
	{"a plus", {"+dddddd", 7}, false},
	{"an Arabic digit", {"ddddd\xd9\xa3", 7}, false},
};

static struct str
fill(struct str form, struct str digits)
{
	char *p = arena_copy(&arena, form.p, form.n);
	size_t used = 0;

	for (size_t i = 0; i < form.n; i++) {
		if (p[i] == 'd')
			p[i] = digits.p[used++];
	}
	return (struct str){p, form.n};
}

static void
codes(void **state)
{
	struct uuid challenge = id(SESSION), other = id("01890a5d-ac96-774b-bcce-b302099a8058");
	uint8_t mac[MAC_SIZE];
	struct str digits, stored = {(const char *)mac, sizeof(mac)};

	assert_int_equal(code_make(&cx, &challenge, &digits, mac), OK);
	assert_int_equal(digits.n, CODE_DIGITS);
	for (size_t i = 0; i < ARRAY_LEN(code_rows); i++) {
		print_message("%s\n", code_rows[i].name);
		assert_int_equal(code_matches(&cx, &challenge, fill(code_rows[i].form, digits),
					      stored),
				 code_rows[i].want);
	}
	assert_false(code_matches(&cx, &other, digits, stored));
	assert_false(code_matches(&cx, &challenge, digits, (struct str){stored.p, MAC_SIZE - 1}));
	assert_false(code_matches(&cx, &challenge, digits, STR_NONE));
	assert_false(code_matches(&cx, &challenge, STR_NONE, stored));
	cx.vault = theirs;
	assert_false(code_matches(&cx, &challenge, digits, stored));
	cx.vault = ours;
}

static void
codes_are_six_digits(void **state)
{
	struct uuid challenge = id(SESSION);
	bool small = false;

	for (int i = 0; i < 2000; i++) {
		uint8_t mac[MAC_SIZE];
		struct str digits;
		int64_t value;

		assert_int_equal(code_make(&cx, &challenge, &digits, mac), OK);
		assert_int_equal(digits.n, CODE_DIGITS);
		assert_true(str_int(digits, &value));
		assert_true(value >= 0 && value < 1000000);
		small = small || value < 100000;
		arena_reset(&arena);
	}
	assert_true(small);
}

static void
nothing_without_randomness(void **state)
{
	struct uuid challenge = id(SESSION);
	uint8_t mac[MAC_SIZE];
	struct str text;

	rnd_break(true);
	assert_int_equal(link_token_make(&cx, &text, mac), ERR_UNAVAILABLE);
	assert_int_equal(code_make(&cx, &challenge, &text, mac), ERR_UNAVAILABLE);
	rnd_break(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refresh_tokens),
		cmocka_unit_test(bad_refresh_tokens),
		cmocka_unit_test(each_character_counts),
		cmocka_unit_test(foreign_refresh_tokens),
		cmocka_unit_test(link_tokens),
		cmocka_unit_test(bad_link_tokens),
		cmocka_unit_test(codes),
		cmocka_unit_test(codes_are_six_digits),
		cmocka_unit_test(nothing_without_randomness),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	ours = cx.vault = open_key(KEY_A);
	theirs = open_key(KEY_B);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vault_close(ours);
	vault_close(theirs);
	arena_release(&arena);
	return failed;
}
