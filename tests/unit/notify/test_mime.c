/* The form of a mail: encodings, headers, and what must never get into one. */
#include "../unit.h"

#include "notify/mime.h"

static struct arena arena;

static int
set_up(void **state)
{
	arena_init(&arena, 8 * 1024 * 1024);
	return 0;
}

static int
tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static void
test_quoted_printable(void **state)
{
	static const struct {
		const char *name, *input, *want;
	} rows[] = {
		{"nothing", "", ""},
		{"plain", "Hello, you.", "Hello, you."},
		{"lines", "a\n\nb\n", "a\r\n\r\nb\r\n"},
		{"equals", "a=b", "a=3Db"},
		{"non-ASCII", "\xc3\xa4", "=C3=A4"},
		{"space at the end of a line", "a \nb ", "a=20\r\nb=20"},
		{"carriage return", "a\rb", "a=0Db"},
		{"76 columns need no break",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456"},
		{"77 columns do",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 1234567",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
		 "12345=\r\n67"},
		{"an escape is not cut",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123=4567",
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
		 "123=\r\n=3D4567"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b;

		print_message("%s\n", rows[i].name);
		buf_init_arena(&b, &arena, 4096);
		quoted_printable(&b, str_of(rows[i].input));
		assert_str(buf_view(&b), str_of(rows[i].want));
	}
}

static void
test_header_text(void **state)
{
	static const struct {
		const char *name, *input, *want;
	} rows[] = {
		{"ASCII", "Confirm your address", "Confirm your address"},
		{"non-ASCII",
		 "Gr\xc3\xbc\xc3\x9f"
		 "e",
		 "=?UTF-8?B?R3LDvMOfZQ==?="},
		{"looks like an encoded-word", "=?x", "=?UTF-8?B?PT94?="},
		{"folded",
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccc",
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n cccccccccc"},
		{"two words",
		 "\xc3\xa4"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xb6"
		 "b",
		 "=?UTF-8?B?w6RhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=?=\r\n "
		 "=?UTF-8?B?w7Zi?="},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b;

		print_message("%s\n", rows[i].name);
		buf_init_arena(&b, &arena, 4096);
		header_text(&b, str_of(rows[i].input), 8);
		assert_str(buf_view(&b), str_of(rows[i].want));
	}
}

static void
test_sender(void **state)
{
	static const struct {
		const char *input;
		bool good;
		const char *name, *address;
	} rows[] = {
		{"Aldgate <no-reply@localhost>", true, "Aldgate", "no-reply@localhost"},
		{"\"A, B\" <a@b.c>", true, "A, B", "a@b.c"},
		{"a@b.c", true, NULL, "a@b.c"},
		{"<a@b.c>", true, NULL, "a@b.c"},
		{"Aldgate", false, NULL, NULL},
		{"", false, NULL, NULL},
		{"A <a@b.c", false, NULL, NULL},
		{"A <a@b.c> x", false, NULL, NULL},
		{"A\r\nBcc: x@y.z <a@b.c>", false, NULL, NULL},
		{"A <a@b.c\r\nRCPT TO:x@y.z>", false, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mail_sender s = {0};

		print_message("%s\n", rows[i].input);
		assert_int_equal(mail_sender_parse(str_of(rows[i].input), &s), rows[i].good);
		if (!rows[i].good)
			continue;
		assert_str(s.address, str_of(rows[i].address));
		assert_int_equal(str_absent(s.name), rows[i].name == NULL);
		if (rows[i].name)
			assert_str(s.name, str_of(rows[i].name));
	}
}

static const struct mail_sender sender = {
	.name = {"Aldgate", 7},
	.address = {"no-reply@example.com", 20},
	.host = {"example.com", 11},
};

static enum err
write_mail(const struct mail *m, struct str *out)
{
	struct buf b;
	enum err e;

	buf_init_arena(&b, &arena, MIME_MAX);
	e = mime_write(m, &sender, S("Fri, 20 Nov 2026 10:00:00 +0000"), &b);
	*out = buf_view(&b);
	return e;
}

static void
test_injection(void **state)
{
	static const struct {
		const char *name;
		struct str to, subject;
		enum err want;
	} rows[] = {
		{"good", S("a@b.c"), S("Hello"), OK},
		{"line in the subject", S("a@b.c"), S("Hello\r\nBcc: x@y.z"), ERR_INVALID},
		{"line feed in the subject", S("a@b.c"), S("Hello\nBcc: x@y.z"), ERR_INVALID},
		{"NUL in the subject", S("a@b.c"), S("Hello\0you"), ERR_INVALID},
		{"C1 control in the subject", S("a@b.c"), S("Hello\xc2\x85you"), ERR_INVALID},
		{"line in the address", S("a@b.c\r\nBcc: x@y.z"), S("Hello"), ERR_INVALID},
		{"second command", S("a@b.c>\r\nRCPT TO:<x@y.z"), S("Hello"), ERR_INVALID},
		{"parameter", S("a@b.c> SIZE=1"), S("Hello"), ERR_INVALID},
		{"no address", S("a"), S("Hello"), ERR_INVALID},
		{"no host", S("a@"), S("Hello"), ERR_INVALID},
		{"no name", S("@b"), S("Hello"), ERR_INVALID},
	};
	struct str out;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mail m = {.to = rows[i].to,
				 .subject = rows[i].subject,
				 .text = S("t"),
				 .html = S("h")};

		print_message("%s\n", rows[i].name);
		assert_int_equal(write_mail(&m, &out), rows[i].want);
	}
}

static void
test_whole_mail(void **state)
{
	struct mail m = {
		.id = {{0x01, 0x98, 0xf0, 0x12, 0x34, 0x56, 0x70, 0x00, 0x80, 0, 0, 0, 0, 0, 0,
			0x01}},
		.to = S("alice@example.net"),
		.subject = S("Hello"),
		.text = S("Your "
			  "code:\n\n123456\n\nhttps://example.com/"
			  "?token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n.\n"),
		.html = S("<p>\xc3\xa4=</p>\n"),
	};
	struct str out;

	assert_int_equal(write_mail(&m, &out), OK);
	assert_str(out, S("Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
			  "From: Aldgate <no-reply@example.com>\r\n"
			  "To: alice@example.net\r\n"
			  "Message-ID: <0198f012-3456-7000-8000-000000000001@example.com>\r\n"
			  "Subject: Hello\r\n"
			  "Auto-Submitted: auto-generated\r\n"
			  "MIME-Version: 1.0\r\n"
			  "Content-Type: multipart/alternative;\r\n"
			  " boundary=\"=_abjipabcdefghaaaiaaaaaaaaaaaaaab\"\r\n"
			  "\r\n"
			  "--=_abjipabcdefghaaaiaaaaaaaaaaaaaab\r\n"
			  "Content-Type: text/plain; charset=UTF-8\r\n"
			  "Content-Transfer-Encoding: 7bit\r\n"
			  "\r\n"
			  "Your "
			  "code:\r\n\r\n123456\r\n\r\nhttps://example.com/"
			  "?token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n.\r\n"
			  "--=_abjipabcdefghaaaiaaaaaaaaaaaaaab\r\n"
			  "Content-Type: text/html; charset=UTF-8\r\n"
			  "Content-Transfer-Encoding: quoted-printable\r\n"
			  "\r\n"
			  "<p>=C3=A4=3D</p>\r\n"
			  "--=_abjipabcdefghaaaiaaaaaaaaaaaaaab--\r\n"));
}

static void
test_long_lines(void **state)
{
	struct mail m = {.to = S("a@b.c"), .subject = S("Hello"), .html = S("h")};
	struct str out, line;
	struct buf text;

	buf_init_arena(&text, &arena, 64 * 1024);
	for (int i = 0; i < 5000; i++)
		buf_z(&text, "word ");
	m.text = buf_view(&text);
	assert_int_equal(write_mail(&m, &out), OK);
	assert_false(str_has(out, S("7bit")));
	while (str_cut(&out, '\n', &line))
		assert_true(line.n <= 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoted_printable), cmocka_unit_test(test_header_text),
		cmocka_unit_test(test_sender),           cmocka_unit_test(test_injection),
		cmocka_unit_test(test_whole_mail),       cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
