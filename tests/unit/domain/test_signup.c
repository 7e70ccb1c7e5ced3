/* Sign-up: what is kept, what is taken, and what is told where existing accounts are hidden. */
#include "domain_case.h"

#include <pthread.h>

static struct signup_in
person(const char *email, const char *username)
{
	return (struct signup_in){
		.email = str_of(email),
		.username = str_of(username),
		.password = secret_of(S(PASSWORD)),
	};
}

static enum err
sign_up(struct domain_case *t, struct signup_in in)
{
	struct sign_in out;

	fault_clear(&t->cx);
	return signup(&t->cx, &in, &out);
}

static void
what_is_kept(void **state)
{
	struct domain_case *t = *state;
	struct signup_in in = person(" Ada@Example.com ", "Ada_L");
	struct sign_in out;
	struct user u;

	in.phone = S("+4930123456");
	in.full_name = S("Ada Lovelace");
	in.role = S("seller");
	in.device_id = S("phone");
	must(signup(&t->cx, &in, &out));
	must(user_by_id(&t->cx, &out.user.id, &u));
	assert_str(u.email, S("Ada@Example.com"));
	assert_str(u.email_key, S("ada@example.com"));
	assert_str(u.username, S("Ada_L"));
	assert_str(u.username_key, S("ada_l"));
	assert_str(u.phone, S("+4930123456"));
	assert_str(u.full_name, S("Ada Lovelace"));
	assert_str(u.role, S("SELLER"));
	assert_str(u.kyc_status, S("none"));
	assert_false(u.is_email_verified || u.is_phone_verified || u.mfa_enabled);
	assert_true(str_starts(u.password, S("$argon2id$")));
	assert_int_equal(u.created_at, case_now);
	assert_true(out.has_tokens && !out.quiet);
	as(t, out.tokens.access);
	assert_str(t->caller.session.device_id, S("phone"));
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'user_created'"),
			 1);
}

static void
without_tokens(void **state)
{
	struct domain_case *t = *state;
	struct signup_in in = person("ada@example.com", NULL);
	struct sign_in out;

	t->config.signup_issue_tokens = false;
	must(signup(&t->cx, &in, &out));
	assert_false(out.has_tokens || out.quiet);
	assert_int_equal(case_count(t, "select count(*) from sessions"), 0);
}

static void
taken(void **state)
{
	static const struct {
		const char *email, *username;
		struct str fields[2];
	} rows[] = {
		{"ADA@example.com", NULL, {S("email")}},
		{"new@example.com", "ADA", {S("username")}},
		{"ada@Example.com", "ada", {S("email"), S("username")}},
	};
	struct domain_case *t = *state;
	struct hasher_stats before, after;
	struct mail mail;

	(void)signed_up(t, "Ada@example.com", "Ada");
	assert_true(next_mail(t, &mail));
	hasher_stats(t->cx.hasher, &before);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct field_error *f;

		assert_int_equal(sign_up(t, person(rows[i].email, rows[i].username)), ERR_TAKEN);
		f = t->cx.fault.fields;
		for (size_t j = 0; j < 2 && !str_absent(rows[i].fields[j]); j++, f = f->next)
			assert_str(f->field, rows[i].fields[j]);
		assert_null(f);
	}
	hasher_stats(t->cx.hasher, &after);
	assert_int_equal(after.hashes, before.hashes);
	assert_false(next_mail(t, &mail));
	assert_int_equal(case_count(t, "select count(*) from users"), 1);
}

static void
phones_are_never_taken(void **state)
{
	struct domain_case *t = *state;
	struct signup_in in = person("ada@example.com", NULL);

	in.phone = S("+4930123456");
	must(sign_up(t, in));
	case_count(t, "update users set is_phone_verified = 1");
	in.email = S("bob@example.com");
	must(sign_up(t, in));
}

static void
refused_fields(void **state)
{
	struct domain_case *t = *state;
	struct signup_in in = person("ada@example.com", NULL);

	in.role = S("ADMIN");
	in.password = secret_of(S("ADA@example.com"));
	assert_int_equal(sign_up(t, in), ERR_INVALID);
	assert_str(t->cx.fault.fields->field, S("role"));
	assert_str(t->cx.fault.fields->next->field, S("password"));
	assert_int_equal(case_count(t, "select count(*) from users"), 0);
}

/* New, proven, unproven: one answer, one hash. */
static void
hidden(void **state)
{
	static const char *const emails[] = {"new@example.com", "ADA@example.com",
					     "bob@example.com"};
	struct domain_case *t = *state;
	struct hasher_stats before, after;
	struct mail mail;

	(void)member(t, "Ada@example.com", "Ada");
	(void)signed_up(t, "bob@example.com", NULL);
	while (next_mail(t, &mail))
		continue;
	t->config.privacy_hide_existing_accounts = true;
	for (size_t i = 0; i < ARRAY_LEN(emails); i++) {
		struct signup_in in = person(emails[i], NULL);
		struct sign_in out;

		hasher_stats(t->cx.hasher, &before);
		must(signup(&t->cx, &in, &out));
		hasher_stats(t->cx.hasher, &after);
		assert_int_equal(after.hashes - before.hashes, 1);
		assert_true(out.quiet && !out.has_tokens);
		assert_null(t->cx.fault.fields);
		assert_true(next_mail(t, &mail));
		assert_str(mail.template, i ? S("account_exists") : S("verify_email"));
		assert_int_equal(str_absent(mail.code), i != 0);
		assert_false(next_mail(t, &mail));
	}
	assert_int_equal(case_count(t, "select count(*) from users"), 3);
	assert_int_equal(case_count(t, "select count(*) from sessions"), 2);
}

/* A username is told, and never with it that the address is taken too. */
static void
hidden_username(void **state)
{
	static const char *const emails[] = {"new@example.com", "ada@example.com"};
	struct domain_case *t = *state;
	struct mail mail;

	(void)member(t, "ada@example.com", "ada");
	t->config.privacy_hide_existing_accounts = true;
	for (size_t i = 0; i < ARRAY_LEN(emails); i++) {
		assert_int_equal(sign_up(t, person(emails[i], "ADA")), ERR_TAKEN);
		assert_str(t->cx.fault.fields->field, S("username"));
		assert_null(t->cx.fault.fields->next);
		assert_false(next_mail(t, &mail));
	}
}

static void
hidden_budget(void **state)
{
	struct domain_case *t = *state;

	(void)member(t, "ada@example.com", NULL);
	t->config.privacy_hide_existing_accounts = true;
	/* Her own sign-up's mail was the first. */
	for (int i = 0; i < 4; i++)
		must(sign_up(t, person("ada@example.com", NULL)));
	assert_int_equal(sign_up(t, person("ada@example.com", NULL)), ERR_THROTTLED);
	for (int i = 0; i < 5; i++)
		must(sign_up(t, person("new@example.com", NULL)));
	assert_int_equal(sign_up(t, person("new@example.com", NULL)), ERR_THROTTLED);
}

struct racer {
	struct domain_case *t;
	enum err e;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct domain_case own = *r->t;

	arena_init(&own.arena, 1 << 20);
	own.cx.arena = &own.arena;
	r->e = sign_up(&own, person("ada@example.com", "ada"));
	store_thread_end(own.cx.store);
	arena_release(&own.arena);
	return NULL;
}

static void
races(void **state)
{
	struct domain_case *t = *state;
	pthread_t threads[8];
	struct racer racers[8];
	int won = 0;

	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		racers[i] = (struct racer){.t = t};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], NULL);
		won += racers[i].e == OK;
		assert_true(racers[i].e == OK || racers[i].e == ERR_TAKEN);
	}
	assert_int_equal(won, 1);
	assert_int_equal(case_count(t, "select count(*) from users"), 1);
	assert_int_equal(case_count(t, "select count(*) from sessions"), 1);
}

static void
by_the_command_line(void **state)
{
	static const struct {
		const char *name;
		struct user_create_in in;
		const char *field; /* NULL: made */
	} rows[] = {
		{"admin",
		 {.email = S("a@example.com"), .role = S("admin"), .verified = true},
		 NULL},
		{"no such role", {.email = S("b@example.com"), .role = S("KING")}, "role"},
		{"bad e-mail", {.email = S("b")}, "email"},
		{"bad username", {.email = S("b@example.com"), .username = S("b")}, "username"},
		{"bad name", {.email = S("b@example.com"), .full_name = S("\n")}, "full_name"},
	};
	struct domain_case *t = *state;
	struct user u;
	struct mail mail;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct user_create_in in = rows[i].in;

		print_message("%s\n", rows[i].name);
		fault_clear(&t->cx);
		in.password = secret_of(S(PASSWORD));
		if (!rows[i].field) {
			must(user_create(&t->cx, &in, &u));
			continue;
		}
		assert_int_equal(user_create(&t->cx, &in, &u), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, str_of(rows[i].field));
	}
	assert_str(u.role, S("ADMIN"));
	assert_true(u.is_email_verified);
	assert_false(next_mail(t, &mail));
	assert_int_equal(case_count(t, "select count(*) from users"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(what_is_kept),           ROW(without_tokens), ROW(taken),
		ROW(phones_are_never_taken), ROW(refused_fields), ROW(hidden),
		ROW(hidden_username),        ROW(hidden_budget),  ROW(races),
		ROW(by_the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
