/* Forms as browsers send them, and as they should not be: the same story whatever the pieces that
 * they come in. */
#include "../unit.h"

#include "api/multipart.h"
#include "base/buf.h"

#define wrong(...)                                                                                 \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		assert_true(false);                                                                \
	} while (0)

#define B "--b\r\n"
#define END "\r\n--b--"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_(name, file)                                                                          \
	"Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n"

struct told {
	struct buf text;
	enum err refuse; /* at the first data */
};

static enum err
begins(void *arg, const struct multipart_part *part)
{
	struct told *t = arg;

	buf_printf(&t->text, "<%.*s", STR_ARG(part->name));
	if (!str_absent(part->filename))
		buf_printf(&t->text, "|%.*s", STR_ARG(part->filename));
	if (!str_absent(part->content_type))
		buf_printf(&t->text, "|%.*s", STR_ARG(part->content_type));
	buf_char(&t->text, '>');
	return OK;
}

static enum err
data(void *arg, struct str bytes)
{
	struct told *t = arg;

	assert_true(bytes.n > 0);
	buf_str(&t->text, bytes);
	return t->refuse;
}

static enum err
ends(void *arg)
{
	struct told *t = arg;

	buf_char(&t->text, '.');
	return OK;
}

static enum err
read_in_steps(struct str body, size_t step, struct told *t)
{
	const struct multipart_events events = {t, begins, data, ends};
	static struct multipart m;

	multipart_init(&m, S("b"), &events);
	while (body.n > 0) {
		struct str piece = {body.p, body.n < step ? body.n : step};

		TRY(multipart_feed(&m, piece));
		body = str_from(body, piece.n);
	}
	return multipart_finish(&m);
}

static const struct {
	struct str body;
	const char *want; /* NULL: ERR_MALFORMED */
} rows[] = {
	{S(B FIELD("a") "x" END), "<a>x."},
	{S(B FIELD("a") "x" END "\r\n"), "<a>x."},
	{S(B FIELD("a") END), "<a>."},
	{S(B FIELD("a") "1\r\n" B FIELD("c") "2" END), "<a>1.<c>2."},
	{S(B FILE_("f", "x.png") "Content-Type: image/png\r\n\r\nPNG" END),
	 "<f|x.png|image/png>PNG."},
	{S(B FILE_("f", "") "\r\n" END), "<f|>."},
	{S(B FILE_("f", "../../etc/passwd") "\r\nx" END), "<f|../../etc/passwd>x."},
	{S(B "content-disposition:form-data;name=a\r\nX-Other: 1\r\n\r\nx" END), "<a>x."},
	{S(B "Content-Transfer-Encoding: binary\r\n" FIELD("a") "x" END), "<a>x."},
	/* what only looks like a boundary is content */
	{S(B FIELD("a") "\r\n--" END), "<a>\r\n--."},
	{S(B FIELD("a") "\r\r\n-\r\n--\r" END), "<a>\r\r\n-\r\n--\r."},
	{S(B FIELD("a") "--b" END), "<a>--b."},
	{S(B FIELD("a") "\r\r\n--b--"), "<a>\r."},
	{S(B FIELD("a") "\r\n--\r\n--b--"), "<a>\r\n--."},
	/* cut off */
	{S(""), NULL},
	{S("--b"), NULL},
	{S("--b--"), NULL},
	{S(B), NULL},
	{S(B FIELD("a")), NULL},
	{S(B FIELD("a") "x"), NULL},
	{S(B FIELD("a") "x\r\n--b"), NULL},
	{S(B FIELD("a") "x\r\n--b-"), NULL},
	{S(B FIELD("a") "x" END "\r"), NULL},
	/* more than there should be */
	{S("preamble\r\n" B FIELD("a") "x" END), NULL},
	{S("\r\n" B FIELD("a") "x" END), NULL},
	{S(B FIELD("a") "x" END "\r\nepilogue"), NULL},
	{S(B FIELD("a") "x\r\n--bc" END), NULL},
	{S(B FIELD("a") "x\r\n--b \r\n" FIELD("c") END), NULL},
	/* heads */
	{S(B "\r\nx" END), NULL},
	{S(B "Content-Type: text/plain\r\n\r\nx" END), NULL},
	{S(B "Content-Disposition: form-data\r\n\r\nx" END), NULL},
	{S(B "Content-Disposition: attachment; name=\"a\"\r\n\r\nx" END), NULL},
	{S(B FIELD("") "x" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\"; name=\"c\"\r\n\r\nx" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\r\n\r\nx" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\" b\r\n\r\nx" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\"; filename*=utf-8''x\r\n\r\nx" END), NULL},
	{S(B FILE_("f", "a\0b") "\r\nx" END), NULL},
	{S(B FILE_("f", "a\rb") "\r\nx" END), NULL},
	{S(B FILE_("f", "a\nb") "\r\nx" END), NULL},
	{S(B FILE_("f", "a\xff") "\r\nx" END), NULL},
	{S(B "Content-Transfer-Encoding: base64\r\n" FIELD("a") "x" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\"\r\n" FIELD("c") "x" END), NULL},
	{S(B "Content-Type: a/b\r\nContent-Type: a/b\r\n" FIELD("c") "x" END), NULL},
	{S(B " folded\r\n" FIELD("a") "x" END), NULL},
	{S(B ": x\r\n" FIELD("a") "x" END), NULL},
	{S(B "Content-Disposition: form-data; name=\"a\"\n\nx" END), NULL},
};

static void
forms(void **state UNUSED)
{
	static const size_t steps[] = {1, 2, 3, 5, 7, 1000};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
			struct told t = {.refuse = OK};
			enum err e;

			buf_init(&t.text, 4096);
			e = read_in_steps(rows[i].body, steps[k], &t);
			if (e != (rows[i].want ? OK : ERR_MALFORMED))
				wrong("row %zu in steps of %zu", i, steps[k]);
			if (rows[i].want)
				assert_str(buf_view(&t.text), str_of(rows[i].want));
			buf_release(&t.text);
		}
}

static void
limits(void **state UNUSED)
{
	struct told t = {.refuse = OK};
	struct buf body;
	char name[MULTIPART_NAME_MAX + 2] = {0};

	memset(name, 'n', MULTIPART_NAME_MAX + 1);
	for (size_t over = 0; over < 2; over++) {
		buf_init(&body, 65536);
		buf_init(&t.text, 65536);
		buf_z(&body, B "X: ");
		while (body.n < 5 + MULTIPART_HEAD_MAX - sizeof("\r\n" FIELD("a")) + 1 + over)
			buf_char(&body, 'x');
		buf_z(&body, "\r\n" FIELD("a") "x" END);
		assert_int_equal(read_in_steps(buf_view(&body), 4096, &t),
				 over ? ERR_MALFORMED : OK);
		buf_clear(&body);
		buf_printf(&body, B "Content-Disposition: form-data; name=%s\r\n\r\nx" END,
			   name + 1 - over);
		assert_int_equal(read_in_steps(buf_view(&body), 4096, &t),
				 over ? ERR_MALFORMED : OK);
		buf_release(&body);
		buf_release(&t.text);
	}
}

static void
refused_by_who_reads(void **state UNUSED)
{
	struct told t = {.refuse = ERR_TOO_LARGE};

	buf_init(&t.text, 4096);
	assert_int_equal(read_in_steps(S(B FIELD("a") "x" END), 1000, &t), ERR_TOO_LARGE);
	buf_release(&t.text);
}

static void
boundaries(void **state UNUSED)
{
	static const struct {
		const char *type, *want;
	} types[] = {
		{"multipart/form-data; boundary=abc", "abc"},
		{"Multipart/Form-Data;boundary=\"a b:c\"", "a b:c"},
		{"multipart/form-data; charset=utf-8; boundary=a", "a"},
		{"multipart/form-data; boundary="
		 "1234567890123456789012345678901234567890123456789012345678901234567890",
		 "1234567890123456789012345678901234567890123456789012345678901234567890"},
		{"multipart/form-data; boundary="
		 "12345678901234567890123456789012345678901234567890123456789012345678901",
		 NULL},
		{"multipart/form-data", NULL},
		{"multipart/form-data; boundary=", NULL},
		{"multipart/form-data; boundary=\"\"", NULL},
		{"multipart/form-data; boundary=\"a \"", NULL},
		{"multipart/form-data; boundary=\"a\tb\"", NULL},
		{"multipart/form-data; boundary=a; boundary=b", NULL},
		{"multipart/form-datax; boundary=a", NULL},
		{"multipart/mixed; boundary=a", NULL},
		{"application/json", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct str got = STR_NONE;

		if (multipart_boundary(str_of(types[i].type), &got) != (types[i].want != NULL))
			wrong("%s", types[i].type);
		if (types[i].want)
			assert_str(got, str_of(types[i].want));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(limits),
		cmocka_unit_test(refused_by_who_reads),
		cmocka_unit_test(boundaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
