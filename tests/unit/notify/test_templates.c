/* The template language, and what every built-in template promises. */
#include "../unit.h"

#include "notify/templates.h"

#include "base/buf.h"

#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct ctx cx = {.arena = &arena};

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
test_check(void **state)
{
	static const struct {
		const char *name, *text;
		bool want;
	} rows[] = {
		{"nothing", "", true},
		{"plain", "a { b } c }} {", true},
		{"value", "{{link}}", true},
		{"block", "{{#code}}x{{code}}{{/code}}", true},
		{"two blocks", "{{#code}}x{{/code}}{{#link}}y{{/link}}", true},
		{"unknown value", "{{nobody}}", false},
		{"unknown block", "{{#nobody}}x{{/nobody}}", false},
		{"part of a name", "{{lin}}", false},
		{"two names", "{{code link}}", false},
		{"spaces", "{{ link }}", false},
		{"empty", "{{}}", false},
		{"not closed tag", "{{link", false},
		{"not closed block", "{{#code}}x", false},
		{"not opened block", "x{{/code}}", false},
		{"crossed blocks", "{{#code}}{{/link}}", false},
		{"nested blocks", "{{#code}}{{#link}}{{/link}}{{/code}}", false},
		{"three braces", "{{{link}}}", false},
	};
	const char *problem;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(template_check(str_of(rows[i].text), S("code link"), &problem),
				 rows[i].want);
	}
}

/* Loads one operator's template with this text and renders it. */
static struct rendering
render_file(const char *ending, const char *text, const struct message *m)
{
	char folder[] = "/tmp/aldgate-templates-XXXXXX";
	struct templates t;
	struct rendering r;
	char path[128];
	FILE *f;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/verify_email%s", folder, ending);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	templates_init(&t);
	templates_load(&cx, &t, str_of(folder));
	assert_int_equal(templates_render(&cx, &t, m, S("example.com"), &r), OK);
	r.subject = str_copy(&arena, r.subject);
	r.text = str_copy(&arena, r.text);
	r.html = str_copy(&arena, r.html);
	templates_release(&t);
	unlink(path);
	rmdir(folder);
	return r;
}

static void
test_render(void **state)
{
	static const struct {
		const char *name, *text, *code, *want;
	} rows[] = {
		{"value", "a{{code}}b", "1", "a1b"},
		{"site", "{{site}}", "1", "example.com"},
		{"absent value", "a{{link}}b", "1", "ab"},
		{"shown", "{{#code}}c={{code}}{{/code}}.", "1", "c=1."},
		{"hidden", "{{#code}}c={{code}}{{/code}}.", "", "."},
		{"shown line", "a\n{{#code}}c{{/code}}\nb\n", "1", "a\nc\nb\n"},
		{"hidden line", "a\n{{#code}}c{{/code}}\nb\n", "", "a\nb\n"},
		{"shown lines", "a\n{{#code}}\nc\n{{/code}}\nb\n", "1", "a\nc\nb\n"},
		{"hidden lines", "a\n{{#code}}\nc\n{{/code}}\nb\n", "", "a\nb\n"},
		{"inside a line", "a {{#code}}c{{/code}}\nb", "", "a \nb"},
		{"control characters", "{{code}}", "1\r\nBcc: x\x1b[2J", "1  Bcc: x [2J"},
		{"right to left", "{{code}}",
		 "a\xe2\x80\xae"
		 "b",
		 "a b"},
		{"no escape in text", "{{code}}", "<&>", "<&>"},
		{"values are not templates", "{{code}}", "{{site}}", "{{site}}"},
		{"carriage returns", "a\r\nb\r\n", "1", "a\nb\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct message m = {.template = "verify_email",
				    .vars = {{"code", str_of(rows[i].code)}}};
		struct str file = str_print(&arena, "Subject: s {{code}}\n\n%s", rows[i].text);

		print_message("%s\n", rows[i].name);
		assert_str(render_file(".txt", str_z(&arena, file), &m).text, str_of(rows[i].want));
	}
}

static void
test_html_escape(void **state)
{
	struct message m = {.template = "verify_email", .vars = {{"code", S("<b a=\"'&")}}};

	assert_str(render_file(".html", "<p>{{code}}</p>", &m).html,
		   S("<p>&lt;b a=&quot;&#39;&amp;</p>"));
}

static void
test_long_value(void **state)
{
	struct message m = {.template = "verify_email"};
	struct rendering r;
	struct buf b;

	buf_init_arena(&b, &arena, 4096);
	buf_char(&b, 'x');
	for (int i = 0; i < 300; i++)
		buf_z(&b, "\xc3\xa4");
	m.vars[0] = (struct message_var){"code", buf_view(&b)};
	m.vars[1] = (struct message_var){"link", buf_view(&b)};
	r = render_file(".txt", "Subject: s\n\n{{code}}", &m);
	assert_int_equal(r.text.n, 199);
	assert_true(utf8_valid(r.text));
	assert_int_equal(render_file(".txt", "Subject: s\n\n{{link}}", &m).text.n, 601);
}

static void
test_bad_files(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"empty", ""},
		{"no subject", "Hello\n\nhello\n"},
		{"empty subject", "Subject: \n\nhello\n"},
		{"no empty line", "Subject: s\nhello\n"},
		{"subject only", "Subject: s\n"},
		{"unknown value", "Subject: s\n\n{{nobody}}\n"},
		{"unknown value in the subject", "Subject: {{nobody}}\n\nhello\n"},
		{"not UTF-8", "Subject: s\n\n\xff\n"},
	};
	struct message m = {.template = "verify_email", .vars = {{"code", S("123456")}}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rendering r = render_file(".txt", rows[i].text, &m);

		print_message("%s\n", rows[i].name);
		assert_str(r.subject, S("Confirm your e-mail address for example.com"));
		assert_true(str_has(r.text, S("\n123456\n")));
	}
}

static void
test_unknown(void **state)
{
	struct message m = {.template = "no_such"};
	struct templates t;
	struct rendering r;

	templates_init(&t);
	templates_load(&cx, &t, S("/nowhere/at/all"));
	assert_int_equal(templates_render(&cx, &t, &m, S("example.com"), &r), ERR_NOT_FOUND);
	templates_release(&t);
}

static size_t
count(struct str text, struct str needle)
{
	size_t n = 0;

	for (size_t i = 0; i + needle.n <= text.n; i++)
		n += memcmp(text.p + i, needle.p, needle.n) == 0;
	return n;
}

static size_t
six_digit_runs(struct str s)
{
	size_t runs = 0, digits = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
			digits++;
			continue;
		}
		runs += digits >= 6;
		digits = 0;
	}
	return runs;
}

static void
test_builtin(void **state)
{
	struct message m = {
		.vars =
			{
				{"code", S("123456")},
				{"link",
				 S("https://example.com/auth/email/verify?token=abc-DEF_ghi")},
				{"code_minutes", S("10")},
				{"link_hours", S("24")},
				{"device", S("phone")},
				{"ip", S("192.0.2.1")},
				{"time", S("2026-11-20T10:00:00Z")},
				{"count", S("10")},
			},
	};
	struct templates t;
	struct rendering r;

	templates_init(&t);
	templates_load(&cx, &t, STR_NONE);
	assert_int_equal(t.n, templates_builtin_count);
	for (size_t i = 0; i < t.n; i++) {
		struct str name = str_of(t.v[i].name);
		bool both = str_eq(name, S("verify_email")) || str_eq(name, S("reset_password"));
		bool code =
			both || str_eq(name, S("login_code")) || str_eq(name, S("change_email"));
		bool link = both || str_eq(name, S("preregistration"));

		print_message("%s\n", t.v[i].name);
		m.template = t.v[i].name;
		if (str_starts(name, S("sms_")))
			continue;
		assert_int_equal(templates_render(&cx, &t, &m, S("example.com"), &r), OK);
		assert_int_equal(six_digit_runs(r.subject), 0);
		assert_int_equal(six_digit_runs(r.text), code);
		assert_int_equal(count(r.text, S("://")), link);
		assert_int_equal(count(r.text, S("\n123456\n")), code);
		assert_int_equal(
			count(r.text,
			      S("\n"
				"https://example.com/auth/email/verify?token=abc-DEF_ghi\n")),
			link);
		assert_true(str_has(r.html, S("<html lang=\"en\">")));
		assert_int_equal(six_digit_runs(r.html), code);
		assert_false(str_has(r.text, S("{{")) || str_has(r.html, S("{{")) ||
			     str_has(r.subject, S("{{")));
		assert_false(str_has(r.html, S("src=")) || str_has(r.text, S("\n\n\n")));
	}
	templates_release(&t);
}

static void
test_text_message(void **state)
{
	struct message m = {
		.template = "sms_code",
		.vars = {{"code", S("123456")}, {"minutes", S("10")}},
	};
	struct templates t;
	struct rendering r;

	templates_init(&t);
	templates_load(&cx, &t, STR_NONE);
	assert_int_equal(templates_render(&cx, &t, &m, S("example.com"), &r), OK);
	assert_str(r.text, S("Your code for example.com is 123456. It is good for 10 minutes.\n\n"
			     "@example.com #123456"));
	assert_int_equal(r.subject.n + r.html.n, 0);
	templates_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),       cmocka_unit_test(test_render),
		cmocka_unit_test(test_html_escape), cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_bad_files),   cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_builtin),     cmocka_unit_test(test_text_message),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
