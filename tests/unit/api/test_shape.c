/* Binding and rendering by the field table. */
#include "../unit.h"

#include "api/shape.h"
#include "base/config.h"

static const struct config config = {.password_min_length = 8};

struct inner {
	int64_t n;
};

struct whole {
	struct str email, name, who, alias, nothing, token;
	struct secret password, old;
	bool name_set;
	struct uuid id;
	int64_t at;
	bool flag;
	struct inner inner;
};

#define OF(member) AT(struct whole, member)

static const struct field in_fields[] = {
	{"email", FIELD_EMAIL, FIELD_REQUIRED, OF(email)},
	{"full_name", FIELD_NAME, FIELD_NULLABLE, OF(name),
	 .set_at = offsetof(struct whole, name_set)},
	{"user", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, OF(who)},
	{"identifier", FIELD_IDENTIFIER, FIELD_ONE_OF | FIELD_NULLABLE, OF(who)},
	{"refresh_token", FIELD_TOKEN, FIELD_REQUIRED, OF(token)},
	{"refresh", FIELD_TOKEN, FIELD_ALIAS, OF(token)},
	{"password", FIELD_NEW_PASSWORD, 0, OF(password)},
	{"old", FIELD_PASSWORD, 0, OF(old)},
};
static const struct shape in_shape = SHAPE("In", struct whole, in_fields);

struct fixture {
	struct arena arena;
	struct ctx cx;
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){0};
	arena_init(&f->arena, 16 << 20);
	f->cx.arena = &f->arena;
	f->cx.config = &config;
}

static enum err
bind(struct fixture *f, struct str text, struct whole *out)
{
	struct json *body CLEANUP_JSON = NULL;

	*out = (struct whole){0};
	fault_clear(&f->cx);
	assert_int_equal(json_parse_object(&f->cx, text, &body), OK);
	return shape_bind(&f->cx, &in_shape, body, out);
}

/* The names of the fields with errors, apart by spaces. */
static struct str
wrong_fields(struct fixture *f)
{
	struct buf b;

	buf_init_arena(&b, &f->arena, 1024);
	for (const struct field_error *e = f->cx.fault.fields; e; e = e->next) {
		if (b.n)
			buf_char(&b, ' ');
		buf_str(&b, e->field);
	}
	return buf_view(&b);
}

#define GOOD "\"email\":\"a@b.c\",\"user\":\"ada\",\"refresh_token\":\"x\""

static void
test_bind(void **state)
{
	static const struct {
		const char *name;
		struct str text, wrong;
	} rows[] = {
		{"good", S("{" GOOD "}"), S("")},
		{"unknown members", S("{" GOOD ",\"x\":{\"y\":[1]},\"Email\":7}"), S("")},
		{"all missing", S("{}"), S("email refresh_token user")},
		{"null where it may stand", S("{" GOOD ",\"full_name\":null}"), S("")},
		{"null where it may not", S("{" GOOD ",\"password\":null}"), S("password")},
		{"a number", S("{" GOOD ",\"full_name\":7}"), S("full_name")},
		{"a bool", S("{" GOOD ",\"full_name\":true}"), S("full_name")},
		{"a list", S("{" GOOD ",\"full_name\":[\"x\"]}"), S("full_name")},
		{"an object", S("{" GOOD ",\"full_name\":{}}"), S("full_name")},
		{"empty", S("{" GOOD ",\"full_name\":\"\"}"), S("full_name")},
		{"U+0000", S("{" GOOD ",\"old\":\"a\\u0000b\"}"), S("old")},
		{"only U+0000", S("{" GOOD ",\"full_name\":\"\\u0000\"}"), S("full_name")},
		{"spaces in front",
		 S("{\"email\":\"  a@b.c \",\"user\":\" \\tada\","
		   "\"refresh_token\":\"x\"}"),
		 S("")},
		{"spaces only", S("{\"email\":\"  \",\"user\":\"ada\",\"refresh_token\":\"x\"}"),
		 S("email")},
		{"two of the group", S("{" GOOD ",\"identifier\":\"x\"}"), S("user")},
		{"null is none of the group", S("{" GOOD ",\"identifier\":null}"), S("")},
		{"null alone of the group",
		 S("{\"email\":\"a@b.c\",\"user\":null,\"refresh_token\":\"x\"}"), S("user")},
		{"wrong type in the group",
		 S("{\"email\":\"a@b.c\",\"user\":1,\"identifier\":"
		   "\"x\",\"refresh_token\":\"x\"}"),
		 S("user user")},
		{"the alias", S("{\"email\":\"a@b.c\",\"user\":\"x\",\"refresh\":\"x\"}"), S("")},
		{"both names", S("{" GOOD ",\"refresh\":\"x\"}"), S("refresh")},
		{"a short new password", S("{" GOOD ",\"password\":\"x\",\"old\":\"x\"}"),
		 S("password")},
		{"all at once",
		 S("{\"email\":\"x\",\"user\":\"\",\"refresh_token\":5,\"full_name\":\"\\n\"}"),
		 S("email full_name user refresh_token")},
	};
	struct fixture f;
	struct whole out;

	begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum err e = bind(&f, rows[i].text, &out);

		print_message("%s\n", rows[i].name);
		assert_str(wrong_fields(&f), rows[i].wrong);
		assert_int_equal(e, rows[i].wrong.n ? ERR_INVALID : OK);
	}
	arena_release(&f.arena);
}

static void
test_bound_values(void **state)
{
	struct fixture f;
	struct whole out;

	begin(&f);
	assert_int_equal(bind(&f,
			      S("{\"email\":\" A@b.c  \",\"identifier\":\" ada \",\"user\":null,"
				"\"refresh\":\" t \",\"old\":\" p \",\"full_name\":null}"),
			      &out),
			 OK);
	assert_str(out.email, S("A@b.c"));
	assert_str(out.who, S("ada"));
	assert_str(out.token, S(" t "));
	assert_int_equal(out.old.n, 3);
	assert_true(out.name_set && str_absent(out.name));
	assert_int_equal(bind(&f, S("{" GOOD "}"), &out), OK);
	assert_false(out.name_set);
	assert_null(out.old.p);
	assert_int_equal(bind(&f, S("{" GOOD ",\"full_name\":\"\\u00c4da\"}"), &out), OK);
	assert_true(out.name_set);
	assert_str(out.name, S("\xc3\x84"
			       "da"));
	arena_release(&f.arena);
}

static void
test_too_long(void **state)
{
	static const struct {
		const char *field;
		size_t most; /* bytes; 0: no limit of its own */
	} rows[] = {{"identifier", 254}, {"old", 1024}, {"password", 1024}, {"refresh", 0}};
	struct fixture f;
	struct whole out;

	begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t over = 0; over < 2; over++) {
			size_t n = rows[i].most ? rows[i].most + over : 60000;
			char *filler = arena_alloc(&f.arena, n + 1);
			struct str text;

			memset(filler, 'x', n);
			text = str_print(&f.arena, "{\"email\":\"a@b.c\",\"%s\":\"%s\"%s%s}",
					 rows[i].field, filler, i == 0 ? "" : ",\"user\":\"x\"",
					 i == 3 ? "" : ",\"refresh_token\":\"x\"");
			assert_int_equal(bind(&f, text, &out),
					 rows[i].most && over ? ERR_INVALID : OK);
			if (rows[i].most && over)
				assert_str(wrong_fields(&f), str_of(rows[i].field));
		}
	arena_release(&f.arena);
}

static void
test_form(void **state)
{
	static const struct {
		struct str form, wrong, token;
	} rows[] = {
		{S("email=a%40b.c&user=x&refresh_token=a+b%2Bc"), S(""), S("a b+c")},
		{S("&email=a@b.c&&user=x&refresh_token=t&"), S(""), S("t")},
		{S("email=a@b.c&user=x&refresh_token=t&refresh_token=u"),
		 S("refresh_token"),
		 {NULL, 0}},
		{S("email=a@b.c&user=x&refresh_token="), S("refresh_token"), {NULL, 0}},
		{S("email=a@b.c&user=x&refresh_token=%FF"), S("refresh_token"), {NULL, 0}},
		{S("email=a@b.c&user=x&refresh_token=%00"), S("refresh_token"), {NULL, 0}},
		{S("email=a@b.c&user=x"), S("refresh_token"), {NULL, 0}},
	};
	struct fixture f;

	begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct whole out = {0};

		fault_clear(&f.cx);
		assert_int_equal(shape_bind_form(&f.cx, &in_shape, rows[i].form, &out),
				 rows[i].wrong.n ? ERR_INVALID : OK);
		assert_str(wrong_fields(&f), rows[i].wrong);
		assert_str(out.token, rows[i].token);
	}
	arena_release(&f.arena);
}

static struct str
derived(const void *in)
{
	const struct whole *w = in;

	return w->flag ? S("on") : S("off");
}

static const struct field inner_fields[] = {
	{"n", FIELD_INTEGER, 0, .at = offsetof(struct inner, n)},
};
static const struct shape inner_shape = SHAPE("Inner", struct inner, inner_fields);

static const struct field out_fields[] = {
	{"id", FIELD_UUID, 0, OF(id)},
	{"name", FIELD_TEXT, FIELD_NULLABLE, OF(name)},
	{"nothing", FIELD_TEXT, FIELD_NULLABLE, OF(nothing)},
	{"kind", FIELD_LITERAL, 0, .literal = "thing"},
	{"state", FIELD_DERIVED, 0, .derive = derived},
	{"at", FIELD_TIME, 0, OF(at)},
	{"flag", FIELD_BOOLEAN, 0, OF(flag)},
	{"inner", FIELD_OBJECT, 0, OF(inner), .shape = &inner_shape},
};
static const struct shape out_shape = SHAPE("Out", struct whole, out_fields);

static void
test_render(void **state)
{
	const struct whole w = {
		.id = {{0x01, 0x8f}},
		.name = S("a\"\n<\xc3\xa4>\xff"),
		.at = 1700000000 * SECOND + 999999,
		.flag = true,
		.inner = {-5},
	};
	struct buf b;
	struct json_out out;

	buf_init(&b, 4096);
	out = json_to(&b);
	shape_render(&out_shape, &w, &out);
	assert_true(str_starts(buf_view(&b),
			       S("{\"id\":\"018f0000-0000-0000-0000-000000000000\",\"name\":")));
	assert_true(str_has(buf_view(&b), S("\"nothing\":null,\"kind\":\"thing\",\"state\":\"on\","
					    "\"at\":\"2023-11-14T22:13:20Z\",\"flag\":true,"
					    "\"inner\":{\"n\":-5}}")));
	assert_true(utf8_valid(buf_view(&b)));
	assert_false(str_has(buf_view(&b), S("\n")));
	buf_release(&b);
}

static void
test_schema(void **state)
{
	struct json *schema CLEANUP_JSON = NULL;
	struct buf b;
	struct json_out out;

	buf_init(&b, 8192);
	out = json_to(&b);
	shape_schema(&in_shape, true, &out);
	assert_int_equal(json_parse_object(NULL, buf_view(&b), &schema), OK);
	assert_int_equal(json_count(json_member(schema, "properties")), ARRAY_LEN(in_fields));
	assert_int_equal(json_count(json_member(schema, "required")), 1);
	assert_str(json_string(json_element(json_member(schema, "required"), 0)), S("email"));
	assert_int_equal(json_count(json_member(schema, "oneOf")), 2);
	json_free(&schema);
	buf_clear(&b);
	out = json_to(&b);
	shape_schema(&out_shape, false, &out);
	assert_int_equal(json_parse_object(NULL, buf_view(&b), &schema), OK);
	assert_int_equal(json_count(json_member(schema, "required")), ARRAY_LEN(out_fields));
	assert_null(json_member(schema, "oneOf"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind),     cmocka_unit_test(test_bound_values),
		cmocka_unit_test(test_too_long), cmocka_unit_test(test_form),
		cmocka_unit_test(test_render),   cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
