/* What names, addresses and passwords may look like. */
#include "domain_case.h"

#include "domain/policy.h"

struct row {
	const char *name;
	struct str input;
	bool good;
};

static struct str
repeated(struct arena *a, const char *text, size_t n)
{
	struct buf b;

	buf_init_arena(&b, a, 8192);
	for (size_t i = 0; i < n; i++)
		buf_z(&b, text);
	return buf_view(&b);
}

static void
check_rows(const char *(*check)(struct str), const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool good = check(rows[i].input) == NULL;

		if (good != rows[i].good)
			print_error("%s\n", rows[i].name);
		assert_int_equal(good, rows[i].good);
	}
}

static void
test_email(void **state)
{
	static const struct row rows[] = {
		{"plain", S("ada@example.com"), true},
		{"upper", S("Ada@EXAMPLE.com"), true},
		{"tag", S("a.b+tag@x-y.example"), true},
		{"odd atoms", S("!#$%&'*+-/=?^_`{|}~@example.com"), true},
		{"digits", S("1@2.example"), true},
		{"empty", S(""), false},
		{"no at", S("example.com"), false},
		{"two at", S("a@b@example.com"), false},
		{"no local part", S("@example.com"), false},
		{"no domain", S("ada@"), false},
		{"dot first", S(".a@example.com"), false},
		{"dot last", S("a.@example.com"), false},
		{"two dots", S("a..b@example.com"), false},
		{"domain dots", S("a@example..com"), false},
		{"domain dot last", S("a@example.com."), false},
		{"hyphen first", S("a@-example.com"), false},
		{"hyphen last", S("a@example-.com"), false},
		{"space", S("a b@example.com"), false},
		{"space inside domain", S("a@exam ple.com"), false},
		{"quoted", S("\"a b\"@example.com"), false},
		{"literal", S("a@[192.0.2.1]"), false},
		{"non-ASCII local part", S("\xc3\xa4@example.com"), false},
		{"non-ASCII domain", S("a@ex\xc3\xa4mple.com"), false},
		{"kelvin sign", S("\xe2\x84\xaa@example.com"), false},
		{"NUL", S("a\0@example.com"), false},
		{"line break", S("a@example.com\r\nBcc: b@example.com"), false},
		{"angle", S("<a@example.com>"), false},
		{"list", S("a@example.com,b@example.com"), false},
	};
	struct arena a;
	struct str label, local, whole;

	check_rows(check_email, rows, ARRAY_LEN(rows));
	arena_init(&a, 1 << 20);
	local = repeated(&a, "a", 64);
	label = repeated(&a, "b", 63);
	assert_null(check_email(str_print(&a, "%.*s@%.*s.c", STR_ARG(local), STR_ARG(label))));
	assert_non_null(check_email(str_print(&a, "%.*sa@x.c", STR_ARG(local))));
	assert_non_null(check_email(str_print(&a, "a@%.*sb.c", STR_ARG(label))));
	whole = str_print(&a, "%.*s@%.*s.%.*s.%.*s", STR_ARG(local), STR_ARG(label), STR_ARG(label),
			  STR_ARG(repeated(&a, "c", 61)));
	assert_int_equal(whole.n, 254);
	assert_null(check_email(whole));
	assert_non_null(check_email(str_print(&a, "%.*sc", STR_ARG(whole))));
	arena_release(&a);
}

static void
test_username(void **state)
{
	static const struct row rows[] = {
		{"shortest", S("ada"), true},
		{"all kinds", S("A.da_L-9"), true},
		{"longest", S("abcdefghijklmnopqrstuvwxyz012345"), true},
		{"few digits", S("1234567"), true},
		{"many digits", S("1234567890123456"), true},
		{"too short", S("ab"), false},
		{"too long", S("abcdefghijklmnopqrstuvwxyz0123456"), false},
		{"e-mail", S("a@b.c"), false},
		{"phone", S("+4930123456"), false},
		{"phone without plus", S("4930123456"), false},
		{"eight digits", S("12345678"), false},
		{"space", S("a da"), false},
		{"NUL", S("a\0da"), false},
		{"non-ASCII", S("\xc3\xa4\xc3\xa4\xc3\xa4"), false},
		{"empty", S(""), false},
	};

	check_rows(check_username, rows, ARRAY_LEN(rows));
}

static void
test_phone(void **state)
{
	static const struct row rows[] = {
		{"shortest", S("+12345678"), true},
		{"longest", S("+123456789012345"), true},
		{"too short", S("+1234567"), false},
		{"too long", S("+1234567890123456"), false},
		{"no plus", S("4930123456"), false},
		{"zero first", S("+0930123456"), false},
		{"spaces", S("+49 30 123456"), false},
		{"letters", S("+4930abc456"), false},
		{"plus alone", S("+"), false},
		{"empty", S(""), false},
		{"other digits", S("+\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5"), false},
	};

	check_rows(check_phone, rows, ARRAY_LEN(rows));
}

static void
test_full_name(void **state)
{
	static const struct row rows[] = {
		{"one letter", S("A"), true},
		{"japanese", S("\xe5\xb1\xb1\xe7\x94\xb0"), true},
		{"emoji", S("\xf0\x9f\x98\x80"), true},
		{"quote", S("O'Neil <b>"), true},
		{"empty", S(""), false},
		{"line break", S("A\nB"), false},
		{"NUL", S("A\0B"), false},
		{"DEL", S("A\x7f"), false},
		{"C1", S("A\xc2\x9b"), false},
		{"line separator", S("A\xe2\x80\xa8"), false},
		{"right-to-left override", S("A\xe2\x80\xae"), false},
		{"broken", S("A\xff"), false},
		{"overlong", S("\xc0\xaf"), false},
		{"surrogate", S("\xed\xa0\x80"), false},
	};
	struct arena a;

	check_rows(check_full_name, rows, ARRAY_LEN(rows));
	arena_init(&a, 1 << 20);
	assert_null(check_full_name(repeated(&a, "\xc3\xa4", 200)));
	assert_non_null(check_full_name(repeated(&a, "\xc3\xa4", 201)));
	arena_release(&a);
}

static void
test_device_id(void **state)
{
	static const struct row rows[] = {
		{"plain", S("phone-1"), true}, {"spaces", S("My phone"), true},
		{"empty", S(""), false},       {"tab", S("a\tb"), false},
		{"broken", S("\xff"), false},
	};
	struct arena a;

	check_rows(check_device_id, rows, ARRAY_LEN(rows));
	arena_init(&a, 1 << 20);
	assert_null(check_device_id(repeated(&a, "\xc3\xa4", 128)));
	assert_non_null(check_device_id(repeated(&a, "a", 129)));
	assert_non_null(check_device_id(repeated(&a, "a", 6000)));
	arena_release(&a);
}

static void
test_password(void **state)
{
	struct domain_case *t = *state;
	const struct str words[] = {S("ada.lovelace@example.com"), STR_NONE, S("Augusta Ada King")};
	const struct {
		const char *name;
		struct str input;
		bool good;
	} rows[] = {
		{"the seed's", S("mypassword123"), true},
		{"good", S(PASSWORD), true},
		{"seven", S("aT9$kz2"), false},
		{"eight", S("aT9$kz2q"), true},
		{"common", S("password"), false},
		{"common too", S("12345678"), false},
		{"one letter", repeated(&t->arena, "a", 40), false},
		{"the e-mail", S("Ada.Lovelace@Example.COM"), false},
		{"the name", S("augusta ada king"), false},
		{"the name and more", S("Augusta Ada King 1852"), true},
		{"eight characters of two bytes",
		 S("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa5\xc3\xb8\xc3\xa6\xc3\xa7\xc3\xb1"), true},
		{"seven of two bytes", repeated(&t->arena, "\xc3\xa4", 7), false},
		{"1024 bytes", repeated(&t->arena, "aT9$kz2q", 128), true},
		{"1025 bytes",
		 str_print(&t->arena, "%.*sx", STR_ARG(repeated(&t->arena, "aT9$kz2q", 128))),
		 false},
		{"broken", S("aT9$kz2q\xff"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum err e;

		fault_clear(&t->cx);
		e = policy_password(&t->cx, "new_password", secret_of(rows[i].input), words,
				    ARRAY_LEN(words));
		if ((e == OK) != rows[i].good)
			print_error("%s\n", rows[i].name);
		assert_int_equal(e, rows[i].good ? OK : ERR_INVALID);
		if (e != OK)
			assert_str(t->cx.fault.fields->field, S("new_password"));
	}
}

/* A weak beginning is not saved by what stands behind the hundredth character, two bytes each. */
static void
test_password_judged(void **state)
{
	struct domain_case *t = *state;
	struct str weak = repeated(&t->arena, "\xc3\xa4", 100);
	struct str text = str_print(&t->arena, "%.*s" PASSWORD, STR_ARG(weak));

	t->config.password_min_score = 4;
	assert_int_equal(policy_password(&t->cx, "p", secret_of(text), NULL, 0),
			 policy_password(&t->cx, "p", secret_of(weak), NULL, 0));
}

static void
test_password_settings(void **state)
{
	struct domain_case *t = *state;

	t->config.password_min_score = 2;
	assert_int_equal(policy_password(&t->cx, "p", secret_of(S("mypassword123")), NULL, 0),
			 ERR_INVALID);
	t->config.password_min_score = 0;
	assert_int_equal(policy_password(&t->cx, "p", secret_of(S("password")), NULL, 0), OK);
	t->config.password_min_length = 29;
	assert_int_equal(policy_password(&t->cx, "p", secret_of(S(PASSWORD)), NULL, 0),
			 ERR_INVALID);
}

static void
test_role(void **state)
{
	static const struct {
		struct str input, want; /* want absent: refused */
	} rows[] = {
		{{NULL, 0}, S("CUSTOMER")},     {S("SELLER"), S("SELLER")},
		{S("seller"), S("SELLER")},     {S("Customer"), S("CUSTOMER")},
		{S("ADMIN"), {NULL, 0}},        {S("admin"), {NULL, 0}},
		{S("KYC_REVIEWER"), {NULL, 0}}, {S("KING"), {NULL, 0}},
		{S("seller "), {NULL, 0}},
	};
	struct domain_case *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str role = STR_NONE;

		fault_clear(&t->cx);
		if (str_absent(rows[i].want)) {
			assert_int_equal(role_for_signup(&t->cx, rows[i].input, &role),
					 ERR_INVALID);
			assert_str(t->cx.fault.fields->field, S("role"));
		} else {
			must(role_for_signup(&t->cx, rows[i].input, &role));
		}
		assert_str(role, rows[i].want);
	}
	assert_str(role_find(&t->cx, S("admin")), S("ADMIN"));
	assert_true(str_absent(role_find(&t->cx, S("KING"))));
}

static void
test_identifier_kind(void **state)
{
	assert_int_equal(identifier_kind(S("a@b.c")), IDENTIFIER_EMAIL);
	assert_int_equal(identifier_kind(S("+4930@x")), IDENTIFIER_EMAIL);
	assert_int_equal(identifier_kind(S("+4930123456")), IDENTIFIER_PHONE);
	assert_int_equal(identifier_kind(S("4930123456")), IDENTIFIER_USERNAME);
	assert_int_equal(identifier_kind(S("ada")), IDENTIFIER_USERNAME);
	assert_int_equal(identifier_kind(S("")), IDENTIFIER_USERNAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_email),
		cmocka_unit_test(test_username),
		cmocka_unit_test(test_phone),
		cmocka_unit_test(test_full_name),
		cmocka_unit_test(test_device_id),
		ROW(test_password),
		ROW(test_password_judged),
		ROW(test_password_settings),
		ROW(test_role),
		cmocka_unit_test(test_identifier_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
