/* Sign-in by password: the order of its checks, what it leaves behind, and what never matches. */
#include "domain_case.h"

#include "domain/attempts.h"
#include "domain/login.h"

#define EMAIL "Ada@Example.com"

static enum err
login(struct domain_case *t, const char *identifier, const char *password, struct sign_in *out)
{
	struct login_in in = {
		.identifier = str_of(identifier),
		.password = secret_of(str_of(password)),
	};

	fault_clear(&t->cx);
	return login_password(&t->cx, &in, out);
}

static enum err
try(struct domain_case *t, const char *identifier, const char *password)
{
	struct sign_in out;

	return login(t, identifier, password, &out);
}

static void
identifiers(void **state)
{
	static const struct {
		const char *identifier;
		enum err want;
	} rows[] = {
		{EMAIL, OK},
		{"ada@example.com", OK},
		{"  ADA@EXAMPLE.COM ", OK},
		{"Ada_L", OK},
		{" ada_l", OK},
		{"+4930123456", OK},
		{"+4930123457", ERR_CREDENTIALS},
		{"ada@example.org", ERR_CREDENTIALS},
		{"\tada_l", ERR_CREDENTIALS},
		{"a\xc4\x91"
		 "a_l",
		 ERR_CREDENTIALS},
		{"", ERR_CREDENTIALS},
	};
	struct domain_case *t = *state;

	(void)member(t, EMAIL, "Ada_L");
	(void)signed_up(t, "bob@example.com", NULL);
	case_count(t, "update users set phone = '+4930123456', is_phone_verified = 1 "
		      "where username_key = 'ada_l'");
	case_count(t, "update users set phone = '+4930123457' where username is null");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum err e = try(t, rows[i].identifier, PASSWORD);

		if (e != rows[i].want)
			print_error("\"%s\"\n", rows[i].identifier);
		assert_int_equal(e, rows[i].want);
	}
}

static void
what_comes_back(void **state)
{
	struct domain_case *t = *state;
	struct login_in in = {
		.identifier = S(EMAIL),
		.password = secret_of(S(PASSWORD)),
		.device_id = S("phone"),
		.device_name = S("My phone"),
	};
	struct sign_in up = member(t, EMAIL, NULL), out;
	struct session s;

	pass(HOUR);
	t->caller.user_agent = S("test/1");
	must(login_password(&t->cx, &in, &out));
	assert_true(out.has_tokens);
	assert_true(uuid_eq(&out.user.id, &up.user.id));
	assert_int_equal(out.user.last_login_at, case_now);
	assert_true(out.tokens.expires_in > 850 && out.tokens.expires_in <= 900);
	must(session_by_id(&t->cx, &out.tokens.session_id, &s));
	assert_str(s.device_id, S("phone"));
	assert_str(s.user_agent, S("test/1"));
	assert_str(s.ip, S("192.0.2.1"));
	assert_str(s.amr, S("pwd"));
	assert_int_equal(s.auth_time, case_now);
	assert_true(s.expires_at <= case_now + 90 * DAY && s.expires_at >= case_now + 85 * DAY);
	assert_true(s.idle_expires_at <= case_now + 30 * DAY);
	as(t, out.tokens.access);
	assert_int_equal(case_count(t, "select count(*) from devices where name = 'My phone'"), 1);
}

/* One state more at a time: each is told only once those in front of it are gone. */
static void
order(void **state)
{
	static const struct {
		const char *state;
		enum err want;
	} rows[] = {
		{"update users set is_email_verified = 0", ERR_EMAIL_NOT_VERIFIED},
		{"update users set locked_at = 5", ERR_ACCOUNT_LOCKED},
		{"update users set deleted_at = 5", ERR_ACCOUNT_DELETED},
		{"update users set locked_at = null", ERR_ACCOUNT_DELETED},
		{"update users set deleted_at = null", ERR_EMAIL_NOT_VERIFIED},
		{"update users set is_email_verified = 1", OK},
	};
	struct domain_case *t = *state;

	(void)member(t, EMAIL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		case_count(t, rows[i].state);
		assert_int_equal(try(t, EMAIL, WRONG), ERR_CREDENTIALS);
		assert_int_equal(try(t, EMAIL, PASSWORD), rows[i].want);
	}
	assert_int_equal(case_count(t, "select count(*) from sessions"), 2);
}

static void
a_lock_ends_by_itself(void **state)
{
	struct domain_case *t = *state;
	char text[128];

	(void)member(t, EMAIL, NULL);
	snprintf(text, sizeof(text), "update users set locked_at = 1, locked_until = %" PRId64,
		 START + MINUTE);
	case_count(t, text);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_ACCOUNT_LOCKED);
	pass(MINUTE);
	must(try(t, EMAIL, PASSWORD));
}

static void
unproven_allowed(void **state)
{
	struct domain_case *t = *state;

	t->config.login_require_verified_email = false;
	(void)signed_up(t, EMAIL, NULL);
	must(try(t, EMAIL, PASSWORD));
}

/* A wait comes before everything: the right password of a locked account meets it too. */
static void
waits_come_first(void **state)
{
	struct domain_case *t = *state;

	(void)member(t, EMAIL, "ada");
	for (int i = 0; i < 5; i++)
		assert_int_equal(try(t, i % 2 ? EMAIL : "ADA", WRONG), ERR_CREDENTIALS);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, 1);
	case_count(t, "update users set locked_at = 5");
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
	pass(SECOND);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_ACCOUNT_LOCKED);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_ACCOUNT_LOCKED);
}

/* No password, whatever is sent, and the same hash is spent on it. */
static void
void_password(void **state)
{
	static const char *const guesses[] = {"", PASSWORD, "\x01", "null"};
	struct domain_case *t = *state;
	struct hasher_stats before, after;

	t->config.throttle_enabled = false;
	(void)member(t, EMAIL, NULL);
	case_count(t, "update users set password = null");
	hasher_stats(t->cx.hasher, &before);
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++) {
		assert_int_equal(try(t, EMAIL, guesses[i]), ERR_CREDENTIALS);
		assert_int_equal(try(t, "nobody@example.com", guesses[i]), ERR_CREDENTIALS);
	}
	hasher_stats(t->cx.hasher, &after);
	assert_int_equal(after.hashes - before.hashes, 2 * ARRAY_LEN(guesses));
}

static void
rehash(void **state)
{
	struct domain_case *t = *state;
	struct user was, is;

	(void)member(t, EMAIL, NULL);
	must(user_by_email(&t->cx, S("ada@example.com"), &was));
	assert_true(str_starts(was.password, S("$argon2id$v=19$m=1024,t=1,p=1$")));
	t->config.password_argon2_passes = 2;
	hasher_close(t->cx.hasher);
	must(hasher_open(&t->config, &t->cx.hasher));
	assert_int_equal(try(t, EMAIL, WRONG), ERR_CREDENTIALS);
	must(user_by_email(&t->cx, S("ada@example.com"), &is));
	assert_str(is.password, was.password);
	must(try(t, EMAIL, PASSWORD));
	must(user_by_email(&t->cx, S("ada@example.com"), &is));
	assert_true(str_starts(is.password, S("$argon2id$v=19$m=1024,t=2,p=1$")));
	must(try(t, EMAIL, PASSWORD));
}

static int64_t
records(struct domain_case *t, const char *outcome)
{
	char text[128];

	snprintf(text, sizeof(text), "select count(*) from logins where outcome = '%s'", outcome);
	return case_count(t, text);
}

/* Every end is written down. */
static void
login_records(void **state)
{
	struct domain_case *t = *state;

	(void)member(t, EMAIL, NULL);
	(void)signed_up(t, "bob@example.com", NULL);
	must(try(t, EMAIL, PASSWORD));
	assert_int_equal(try(t, "bob@example.com", PASSWORD), ERR_EMAIL_NOT_VERIFIED);
	for (int i = 0; i < 6; i++)
		(void)!try(t, " Nobody@example.com ", WRONG);
	assert_int_equal(records(t, "success"), 1);
	assert_int_equal(records(t, "email_not_verified"), 1);
	assert_int_equal(records(t, "invalid_credentials"), 5);
	assert_int_equal(records(t, "throttled"), 1);
	assert_int_equal(case_count(t, "select count(*) from logins where user_id is null and "
				       "identifier = 'Nobody@example.com' and ip = '192.0.2.1' "
				       "and method = 'password' and session_id is null"),
			 6);
	assert_int_equal(case_count(t, "select count(*) from logins join sessions on "
				       "sessions.id = logins.session_id"),
			 1);
}

static void
the_owner_is_told(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;
	int told = 0;

	t->config.throttle_enabled = false;
	(void)member(t, EMAIL, NULL);
	(void)signed_up(t, "bob@example.com", NULL);
	while (next_mail(t, &mail))
		continue;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(try(t, EMAIL, WRONG), ERR_CREDENTIALS);
		assert_int_equal(try(t, "bob@example.com", WRONG), ERR_CREDENTIALS);
	}
	for (; next_mail(t, &mail); told++) {
		assert_str(mail.to, S(EMAIL));
		assert_str(mail.template, told ? S("login_stopped") : S("login_failures"));
		assert_str(mail.count, told ? S("100") : S("10"));
		assert_true(str_absent(mail.code));
	}
	assert_int_equal(told, 2);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
}

/* Where one signed in before, the right password goes on to work, and ends the count. */
static void
known_place(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	(void)member(t, EMAIL, NULL);
	must(try(t, EMAIL, PASSWORD));
	from(t, "198.51.100.1");
	for (int i = 0; i < 100; i++)
		assert_int_equal(try(t, EMAIL, WRONG), ERR_CREDENTIALS);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
	from(t, "192.0.2.1");
	must(try(t, EMAIL, PASSWORD));
	from(t, "198.51.100.1");
	must(try(t, EMAIL, PASSWORD));
}

/* A sign-up is no sign-in: where it came from is not known by it, nor by a sign-in that was
 * forbidden. */
static void
no_known_place(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	(void)signed_up(t, EMAIL, NULL);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_EMAIL_NOT_VERIFIED);
	from(t, "198.51.100.1");
	for (int i = 0; i < 100; i++)
		assert_int_equal(try(t, EMAIL, WRONG), ERR_CREDENTIALS);
	from(t, "192.0.2.1");
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
}

static enum err
one_code(struct ctx *cx, void *arg)
{
	return code_attempt(cx, S("verify_email"), arg, clock_now());
}

static void
codes_count_anew(void **state)
{
	struct domain_case *t = *state;
	struct sign_in up = member(t, EMAIL, NULL);

	for (int i = 0; i < 100; i++)
		must(store_write(&t->cx, one_code, &up.user.id));
	assert_int_equal(store_write(&t->cx, one_code, &up.user.id), ERR_INVALID_CODE);
	must(try(t, EMAIL, PASSWORD));
	must(store_write(&t->cx, one_code, &up.user.id));
}

static void
confirming(void **state)
{
	struct domain_case *t = *state;
	struct sign_in up = member(t, EMAIL, NULL);

	as(t, up.tokens.access);
	must(password_confirm(&t->cx, "password", secret_of(S(PASSWORD)), NULL));
	for (int i = 0; i < 5; i++) {
		fault_clear(&t->cx);
		assert_int_equal(password_confirm(&t->cx, "password", secret_of(S(WRONG)), NULL),
				 ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("password"));
	}
	assert_int_equal(password_confirm(&t->cx, "password", secret_of(S(PASSWORD)), NULL),
			 ERR_THROTTLED);
	nobody(t);
	assert_int_equal(try(t, EMAIL, PASSWORD), ERR_THROTTLED);
	assert_int_equal(records(t, "invalid_credentials"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(identifiers),           ROW(what_comes_back),  ROW(order),
		ROW(a_lock_ends_by_itself), ROW(unproven_allowed), ROW(waits_come_first),
		ROW(void_password),         ROW(rehash),           ROW(login_records),
		ROW(the_owner_is_told),     ROW(known_place),      ROW(no_known_place),
		ROW(codes_count_anew),      ROW(confirming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
