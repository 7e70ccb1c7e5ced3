/* Encodings: the vectors of RFC 4648 section 10, and all that strict decoders refuse. */
#include "row.h"

#include "base/enc.h"

static struct str
take(struct buf *b, struct arena *a)
{
	struct str s = str_copy(a, buf_view(b));

	buf_clear(b);
	return s;
}

static void
rfc4648(void **state)
{
	static const struct {
		struct str bytes;
		const char *padded, *plain, *hex, *base32;
	} rows[] = {
		{S(""), "", "", "", ""},
		{S("f"), "Zg==", "Zg", "66", "MY"},
		{S("fo"), "Zm8=", "Zm8", "666f", "MZXQ"},
		{S("foo"), "Zm9v", "Zm9v", "666f6f", "MZXW6"},
		{S("foob"), "Zm9vYg==", "Zm9vYg", "666f6f62", "MZXW6YQ"},
		{S("fooba"), "Zm9vYmE=", "Zm9vYmE", "666f6f6261", "MZXW6YTB"},
		{S("foobar"), "Zm9vYmFy", "Zm9vYmFy", "666f6f626172", "MZXW6YTBOI"},
		{S("\xFB\xFF\xFE\x00"), "+//+AA==", "-__-AA", "fbfffe00", "7P774AA"},
	};
	struct arena a;
	struct buf b CLEANUP_BUF;

	arena_init(&a, 1 << 16);
	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str bytes = rows[i].bytes;
		char out[16];
		size_t n = sizeof(out);

		base64_encode(&b, bytes.p, bytes.n, 0);
		assert_str(take(&b, &a), str_of(rows[i].padded));
		base64url_encode(&b, bytes.p, bytes.n);
		assert_int_equal(b.n, BASE64URL_LENGTH(bytes.n));
		assert_str(take(&b, &a), str_of(rows[i].plain));
		hex_encode(&b, bytes.p, bytes.n);
		assert_str(take(&b, &a), str_of(rows[i].hex));
		base32_encode(&b, bytes.p, bytes.n);
		assert_str(take(&b, &a), str_of(rows[i].base32));

		assert_true(base64_decode(str_of(rows[i].padded), out, &n));
		assert_str(((struct str){out, n}), bytes);
		n = bytes.n;
		assert_true(base64url_decode(str_of(rows[i].plain), out, &n));
		assert_str(((struct str){out, n}), bytes);
		n = bytes.n;
		assert_true(hex_decode(str_of(rows[i].hex), out, &n));
		assert_str(((struct str){out, n}), bytes);
		if (bytes.n > 0) {
			n = bytes.n - 1;
			assert_false(base64_decode(str_of(rows[i].padded), out, &n));
			assert_false(base64url_decode(str_of(rows[i].plain), out, &n));
			assert_false(hex_decode(str_of(rows[i].hex), out, &n));
		}
	}
	arena_release(&a);
}

static void
refused(void **state)
{
	static const struct {
		struct str input;
		bool (*decode)(struct str s, void *out, size_t *n);
	} rows[] = {
		{S("Z"), base64url_decode},
		{S("Zg=="), base64url_decode},
		{S("Zh"), base64url_decode},
		{S("Zm9"), base64url_decode},
		{S("Zm9v\n"), base64url_decode},
		{S(" Zm9v"), base64url_decode},
		{S("+//+"), base64url_decode},
		{S("Zm9\0"), base64url_decode},
		{S("Zg"), base64_decode},
		{S("Zh=="), base64_decode},
		{S("Zm9="), base64_decode},
		{S("Z==="), base64_decode},
		{S("===="), base64_decode},
		{S("Zg==Zg=="), base64_decode},
		{S("Zm9v\r\nZm9v"), base64_decode},
		{S("-__-"), base64_decode},
		{S("6"), hex_decode},
		{S("6G"), hex_decode},
		{S("6F"), hex_decode},
		{S("0x66"), hex_decode},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[16];
		size_t n = sizeof(out);

		if (rows[i].decode(rows[i].input, out, &n))
			fail_row("took \"%.*s\"", STR_ARG(rows[i].input));
		assert_int_equal(n, sizeof(out));
	}
}

static void
broken_lines(void **state)
{
	static const struct {
		size_t bytes, width;
		const char *want;
	} rows[] = {
		{3, 4, "AAAA"}, {4, 4, "AAAA\r\nAA=="}, {6, 4, "AAAA\r\nAAAA"}, {6, 8, "AAAAAAAA"}};
	static const uint8_t zeros[6];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b CLEANUP_BUF;

		buf_init(&b, 100);
		base64_encode(&b, zeros, rows[i].bytes, rows[i].width);
		assert_str(buf_view(&b), str_of(rows[i].want));
	}
}

static void
percent(void **state)
{
	static const struct {
		struct str input;
		bool form, ok;
		struct str want;
	} rows[] = {
		{S("a%20b"), false, true, S("a b")},  {S("a+b"), false, true, S("a+b")},
		{S("a+b%2B"), true, true, S("a b+")}, {S("%c3%A4"), false, true, S("\xC3\xA4")},
		{S(""), false, true, S("")},          {S("%"), false, false, S("")},
		{S("%4"), false, false, S("")},       {S("%4g"), false, false, S("")},
		{S("a%00b"), false, false, S("")},    {S("%%41"), false, false, S("")},
	};
	struct buf b CLEANUP_BUF;

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_clear(&b);
		assert_int_equal(percent_decode(&b, rows[i].input, rows[i].form), rows[i].ok);
		if (rows[i].ok)
			assert_str(buf_view(&b), rows[i].want);
	}
	buf_clear(&b);
	percent_encode(&b, S("aZ09-._~ /+%\xC3\xA4\0"));
	assert_str(buf_view(&b), S("aZ09-._~%20%2F%2B%25%C3%A4%00"));
}

static void
html(void **state)
{
	struct buf b CLEANUP_BUF;

	buf_init(&b, 100);
	html_escape(&b, S("<a href=\"x\">'&'</a>"));
	assert_str(buf_view(&b), S("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"));
}

static void
forms(void **state)
{
	static const struct {
		struct str form;
		bool ok;
		struct str want;
	} rows[] = {
		{S("token=abc"), true, S("abc")},
		{S("a=1&token=a+b%26c&b"), true, S("a b&c")},
		{S("t%6Fken=x"), true, S("x")},
		{S("token"), true, S("")},
		{S("token="), true, S("")},
		{S("token=a=b"), true, S("a=b")},
		{S("tokens=1&xtoken=2"), true, STR_NONE},
		{S(""), true, STR_NONE},
		{STR_NONE, true, STR_NONE},
		{S("token=1&token=1"), false, STR_NONE},
		{S("token&token"), false, STR_NONE},
		{S("token=%zz"), false, STR_NONE},
		{S("token=%00"), false, STR_NONE},
		{S("%zz=1&token=1"), false, STR_NONE},
	};
	struct arena a;

	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str got = S("untouched");

		assert_int_equal(form_value(&a, rows[i].form, S("token"), &got), rows[i].ok);
		assert_str(got, rows[i].ok ? rows[i].want : S("untouched"));
	}
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648),      cmocka_unit_test(refused),
		cmocka_unit_test(broken_lines), cmocka_unit_test(percent),
		cmocka_unit_test(html),         cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
