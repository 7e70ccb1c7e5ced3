/* The proof of an e-mail address: code and link of one mail, and what ends them. */
#include "domain_case.h"

#include "domain/preregister.h"
#include "domain/proof.h"
#include "domain/recover.h"

#include <pthread.h>

static enum err
by_token(struct domain_case *t, struct str token)
{
	struct verify_in in = {.token = token};
	struct verify_out out;

	fault_clear(&t->cx);
	return verification_confirm(&t->cx, &in, &out);
}

/* email NULL: the caller's own. */
static enum err
by_code(struct domain_case *t, struct str code, const char *email)
{
	struct verify_in in = {.code = code, .email = str_of(email)};
	struct verify_out out;

	fault_clear(&t->cx);
	return verification_confirm(&t->cx, &in, &out);
}

static enum err
ask(struct domain_case *t, const char *email)
{
	struct send_verification_in in = {.email = str_of(email)};
	struct nothing out;

	fault_clear(&t->cx);
	return verification_request(&t->cx, &in, &out);
}

static struct mail
the_mail(struct domain_case *t)
{
	struct mail mail;

	assert_true(next_mail(t, &mail));
	assert_str(mail.template, S("verify_email"));
	assert_int_equal(mail.code.n, 6);
	assert_true(mail.token.n >= 22);
	return mail;
}

static void
no_mail(struct domain_case *t)
{
	struct mail mail;

	assert_false(next_mail(t, &mail));
}

/* A code that it is not. */
static struct str
other(struct domain_case *t, struct str code, int by)
{
	int64_t n;

	assert_true(str_int(code, &n));
	return str_print(&t->arena, "%06d", (int)((n + by) % 1000000));
}

static bool
proven(struct domain_case *t, const char *email)
{
	struct user u;

	must(user_by_email(&t->cx, str_of(email), &u));
	return u.is_email_verified;
}

static void
by_link(void **state)
{
	struct domain_case *t = *state;
	struct verify_in in;
	struct verify_out out;
	struct mail mail;

	(void)signed_up(t, "Ada@example.com", NULL);
	mail = the_mail(t);
	assert_str(mail.to, S("Ada@example.com"));
	assert_true(str_starts(mail.link, S("http://127.0.0.1:8080/auth/email/verify?token=")));
	pass(MINUTE);
	in = (struct verify_in){.token = mail.token};
	must(verification_confirm(&t->cx, &in, &out));
	assert_true(out.user.is_email_verified);
	assert_int_equal(out.user.updated_at, case_now);
	assert_true(proven(t, "ada@example.com"));
	assert_int_equal(by_token(t, mail.token), ERR_ALREADY_VERIFIED);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
}

static void
code_and_address(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "Ada@example.com", NULL);
	mail = the_mail(t);
	must(by_code(t, mail.code, " ADA@example.com"));
	assert_true(proven(t, "ada@example.com"));
	assert_int_equal(by_token(t, mail.token), ERR_ALREADY_VERIFIED);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	assert_int_equal(by_code(t, mail.code, "nobody@example.com"), ERR_INVALID_CODE);
}

/* A wrong code is counted where nobody can be right too: the time of an answer must not tell. */
static void
strangers_are_counted_alike(void **state)
{
	static const struct {
		const char *name, *sql, *email;
	} rows[] = {
		{"unproven", "select 1", "ada@example.com"},
		{"unknown", "select 1", "nobody@example.com"},
		{"locked", "update users set locked_at = 5", "ada@example.com"},
		{"proven", "update users set locked_at = null, is_email_verified = 1",
		 "ada@example.com"},
	};
	struct domain_case *t = *state;

	(void)signed_up(t, "ada@example.com", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t before;

		print_message("%s\n", rows[i].name);
		case_count(t, rows[i].sql);
		must(ask(t, rows[i].email));
		before = case_count(t, "select sum(attempts) from challenges");
		assert_int_equal(by_code(t, S("12345x"), rows[i].email), ERR_INVALID_CODE);
		assert_int_equal(case_count(t, "select sum(attempts) from challenges"), before + 1);
		assert_int_equal(case_count(t, "select count(*) from counts where kind = 'code'"),
				 i + 1);
	}
}

static void
code_and_bearer(void **state)
{
	struct domain_case *t = *state;
	struct sign_in ada = signed_up(t, "ada@example.com", NULL);
	struct str code = the_mail(t).code;

	assert_int_equal(by_code(t, code, NULL), ERR_NOT_SIGNED_IN);
	t->caller.bearer = BEARER_BAD;
	assert_int_equal(by_code(t, code, NULL), ERR_TOKEN);
	as(t, ada.tokens.access);
	assert_int_equal(by_code(t, code, "bob@example.com"), ERR_INVALID);
	assert_str(t->cx.fault.fields->field, S("email"));
	assert_int_equal(by_code(t, other(t, code, 1), NULL), ERR_INVALID_CODE);
	must(by_code(t, code, "ADA@example.com"));
	assert_int_equal(by_code(t, code, NULL), ERR_ALREADY_VERIFIED);
}

static void
nothing_given(void **state)
{
	struct domain_case *t = *state;
	struct verify_in in = {.email = S("ada@example.com")};
	struct verify_out out;

	assert_int_equal(verification_confirm(&t->cx, &in, &out), ERR_INVALID);
	assert_str(t->cx.fault.fields->field, S("token"));
}

/* A token says whose address it is; what else would say so beside it is refused. */
static void
two_forms(void **state)
{
	static const struct {
		struct str email, code;
	} rows[] = {
		{S("ada@example.com"), {NULL, 0}},
		{S("bob@example.com"), {NULL, 0}},
		{{NULL, 0}, S("123456")},
		{S("ada@example.com"), S("123456")},
	};
	struct domain_case *t = *state;
	struct verify_out verified;
	struct nothing out;
	struct str token;

	(void)signed_up(t, "ada@example.com", NULL);
	token = the_mail(t).token;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct verify_in in = {
			.token = token, .email = rows[i].email, .code = rows[i].code};
		struct reset_in reset = {.token = token,
					 .email = rows[i].email,
					 .code = rows[i].code,
					 .new_password = secret_of(S("brand-New-pass-8"))};

		fault_clear(&t->cx);
		assert_int_equal(verification_confirm(&t->cx, &in, &verified), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("token"));
		fault_clear(&t->cx);
		assert_int_equal(reset_confirm(&t->cx, &reset, &out), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("token"));
	}
	must(by_token(t, token));
}

static void
bad_links(void **state)
{
	struct domain_case *t = *state;
	struct str token;

	(void)signed_up(t, "ada@example.com", NULL);
	token = the_mail(t).token;
	assert_int_equal(by_token(t, S("x")), ERR_INVALID_LINK);
	assert_int_equal(by_token(t, str_from(token, 1)), ERR_INVALID_LINK);
	assert_int_equal(by_token(t, str_print(&t->arena, "%.*sA", STR_ARG(token))),
			 ERR_INVALID_LINK);
	assert_int_equal(by_token(t, S("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), ERR_INVALID_LINK);
	must(by_token(t, token));
}

static void
five_wrong_codes(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	mail = the_mail(t);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(by_code(t, other(t, mail.code, i), "ada@example.com"),
				 ERR_INVALID_CODE);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	must(by_token(t, mail.token));
}

static void
the_fifth_is_good(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	mail = the_mail(t);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(by_code(t, other(t, mail.code, i), "ada@example.com"),
				 ERR_INVALID_CODE);
	must(by_code(t, str_print(&t->arena, "%.3s %.3s", mail.code.p, mail.code.p + 3),
		     "ada@example.com"));
}

struct guesses {
	struct domain_case *t;
	struct str code;
	int wrong_by, right;
};

static void *
guess(void *arg)
{
	struct guesses *g = arg;
	struct domain_case own = *g->t;

	arena_init(&own.arena, 1 << 20);
	own.cx.arena = &own.arena;
	for (int i = 0; i < 4; i++)
		if (by_code(&own, other(&own, g->code, g->wrong_by), "ada@example.com") == OK)
			g->right++;
	store_thread_end(own.cx.store);
	arena_release(&own.arena);
	return NULL;
}

static int
guess_at_once(struct domain_case *t, struct str code, int wrong_by)
{
	pthread_t threads[6];
	struct guesses g[6];
	int right = 0;

	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		g[i] = (struct guesses){t, code, wrong_by, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, guess, &g[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		pthread_join(threads[i], NULL);
		right += g[i].right;
	}
	return right;
}

static void
at_once(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	mail = the_mail(t);
	assert_int_equal(guess_at_once(t, mail.code, 1), 0);
	assert_int_equal(case_count(t, "select attempts from challenges"), 5);
	must(ask(t, "ada@example.com"));
	mail = the_mail(t);
	assert_int_equal(guess_at_once(t, mail.code, 0), 1);
}

static void
times(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	mail = the_mail(t);
	pass(10 * MINUTE);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	must(by_token(t, mail.token));
	(void)signed_up(t, "bob@example.com", NULL);
	mail = the_mail(t);
	pass(10 * MINUTE - 1);
	must(by_code(t, mail.code, "bob@example.com"));
	(void)signed_up(t, "eve@example.com", NULL);
	mail = the_mail(t);
	pass(DAY);
	assert_int_equal(by_token(t, mail.token), ERR_INVALID_LINK);
}

static void
replaced(void **state)
{
	struct domain_case *t = *state;
	struct mail old, new;

	(void)signed_up(t, "ada@example.com", NULL);
	old = the_mail(t);
	must(ask(t, "ADA@example.com "));
	new = the_mail(t);
	assert_int_equal(by_token(t, old.token), ERR_INVALID_LINK);
	if (!str_eq(old.code, new.code))
		assert_int_equal(by_code(t, old.code, "ada@example.com"), ERR_INVALID_CODE);
	must(by_code(t, new.code, "ada@example.com"));
}

static void
link_lives(void **state)
{
	static const struct {
		struct challenge c;
		bool want;
	} rows[] = {
		{{.link_expires_at = START + 1}, true},
		{{.link_expires_at = START}, false},
		{{.link_expires_at = 0}, false},
		{{.link_expires_at = START + 1, .consumed_at = 1}, false},
		{{.link_expires_at = START + 1, .replaced_at = 1}, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (proof_link_lives(&rows[i].c, START) != rows[i].want) {
			print_error("row %zu\n", i);
			assert_true(false);
		}
}

static void
not_of_another(void **state)
{
	struct domain_case *t = *state;
	struct mail ada, bob;

	(void)signed_up(t, "ada@example.com", NULL);
	ada = the_mail(t);
	(void)signed_up(t, "bob@example.com", NULL);
	bob = the_mail(t);
	if (!str_eq(ada.code, bob.code))
		assert_int_equal(by_code(t, ada.code, "bob@example.com"), ERR_INVALID_CODE);
	must(by_token(t, ada.token));
	assert_false(proven(t, "bob@example.com"));
}

static void
who_gets_mail(void **state)
{
	static const struct {
		const char *name, *sql, *email;
		bool mail;
	} rows[] = {
		{"unproven", "select 1", "ada@example.com", true},
		{"unknown", "select 1", "nobody@example.com", false},
		{"locked", "update users set locked_at = 5", "ada@example.com", false},
		{"deleted", "update users set locked_at = null, deleted_at = 5", "ada@example.com",
		 false},
		{"proven", "update users set deleted_at = null, is_email_verified = 1",
		 "ada@example.com", false},
	};
	struct domain_case *t = *state;

	(void)signed_up(t, "ada@example.com", NULL);
	(void)the_mail(t);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		case_count(t, rows[i].sql);
		must(ask(t, rows[i].email));
		if (rows[i].mail)
			(void)the_mail(t);
		no_mail(t);
	}
	assert_int_equal(ask(t, NULL), ERR_NOT_SIGNED_IN);
}

/* The links and codes of before a lock or a deletion are dead while it lasts. */
static void
locked_and_deleted(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	(void)signed_up(t, "ada@example.com", NULL);
	mail = the_mail(t);
	case_count(t, "update users set locked_at = 5");
	assert_int_equal(by_token(t, mail.token), ERR_INVALID_LINK);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	case_count(t, "update users set locked_at = null, deleted_at = 5");
	assert_int_equal(by_token(t, mail.token), ERR_INVALID_LINK);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	assert_false(proven(t, "ada@example.com"));
}

/* Its pre-registration is answered as any, and nothing is sent that could not be used. */
static void
registered_while_locked(void **state)
{
	struct domain_case *t = *state;
	struct preregister_in in = {
		.email = S("ada@example.com"),
		.full_name = S("Ada"),
		.password = secret_of(S("brand-New-pass-8")),
	};
	struct preregister_out out;

	(void)signed_up(t, "ada@example.com", NULL);
	(void)the_mail(t);
	case_count(t, "update users set locked_at = 5");
	must(preregister(&t->cx, &in, &out));
	no_mail(t);
	case_count(t, "update users set locked_at = null, deleted_at = 5");
	must(preregister(&t->cx, &in, &out));
	no_mail(t);
	assert_int_equal(case_count(t, "select count(*) from preregistrations"), 0);
	assert_int_equal(case_count(t, "select count(*) from outbox where channel = 'void'"), 2);
	case_count(t, "update users set deleted_at = null");
	must(preregister(&t->cx, &in, &out));
	assert_int_equal(case_count(t, "select count(*) from preregistrations"), 1);
}

/* The last mail that went out stays good; unknown addresses are counted alike; a bearer's own are
 * counted apart. */
static void
budget(void **state)
{
	struct domain_case *t = *state;
	struct sign_in ada = signed_up(t, "ada@example.com", NULL);
	struct mail last = the_mail(t);

	/* The mail of her sign-up was her first. */
	must(ask(t, "nobody@example.com"));
	for (int i = 0; i < 4; i++) {
		must(ask(t, "ada@example.com"));
		must(ask(t, "nobody@example.com"));
		last = the_mail(t);
	}
	assert_int_equal(ask(t, "ada@example.com"), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, 600);
	assert_int_equal(ask(t, "nobody@example.com"), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, 600);
	no_mail(t);
	as(t, ada.tokens.access);
	must(ask(t, NULL));
	last = the_mail(t);
	assert_int_equal(ask(t, "bob@example.com"), ERR_INVALID);
	nobody(t);
	assert_int_equal(ask(t, "ada@example.com"), ERR_THROTTLED);
	must(by_token(t, last.token));
}

/* 100 wrong ones in a row, over new mails: codes are refused, links are not. */
static void
a_hundred_codes(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	t->config.throttle_enabled = false;
	(void)signed_up(t, "ada@example.com", NULL);
	for (int round = 0; round < 20; round++) {
		mail = the_mail(t);
		for (int i = 1; i <= 5; i++)
			assert_int_equal(by_code(t, other(t, mail.code, i), "ada@example.com"),
					 ERR_INVALID_CODE);
		must(ask(t, "ada@example.com"));
	}
	mail = the_mail(t);
	assert_int_equal(by_code(t, mail.code, "ada@example.com"), ERR_INVALID_CODE);
	must(by_token(t, mail.token));
}

static void
own_page(void **state)
{
	struct domain_case *t = *state;
	struct mail mail;

	t->config.links_verify_email = S("https://app.example/{token}/x?t={token}");
	(void)signed_up(t, "ada@example.com", NULL);
	assert_true(next_mail(t, &mail));
	assert_true(str_starts(mail.link, S("https://app.example/")));
	assert_false(str_has(mail.link, S("{")));
	must(by_token(t, str_from(mail.link, mail.link.n - 32)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(by_link),
		ROW(code_and_address),
		ROW(strangers_are_counted_alike),
		ROW(code_and_bearer),
		ROW(nothing_given),
		ROW(two_forms),
		ROW(bad_links),
		ROW(five_wrong_codes),
		ROW(the_fifth_is_good),
		ROW(at_once),
		ROW(times),
		ROW(replaced),
		ROW(link_lives),
		ROW(not_of_another),
		ROW(who_gets_mail),
		ROW(locked_and_deleted),
		ROW(registered_while_locked),
		ROW(budget),
		ROW(a_hundred_codes),
		ROW(own_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
