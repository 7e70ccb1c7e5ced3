/* One-time codes and undo links over time: what a clock has to pass for. */
#include "domain_case.h"

#include "domain/account.h"
#include "domain/closing.h"
#include "domain/email_change.h"
#include "domain/otp.h"
#include "domain/undo.h"
#include "store/factor.h"

#define COUNT_MADE "select (select count(*) from challenges) + (select count(*) from outbox)"

static enum err
send_code(struct domain_case *t, const char *channel, const char *purpose, const char *to,
	  struct otp_sent *sent)
{
	struct otp_send_in in = {.channel = str_of(channel), .purpose = str_of(purpose)};

	if (strcmp(channel, "sms") == 0)
		in.phone = str_of(to);
	else
		in.email = str_of(to);
	fault_clear(&t->cx);
	return otp_send(&t->cx, &in, sent);
}

static enum err
give_code(struct domain_case *t, const struct otp_sent *sent, struct str code, struct sign_in *out)
{
	struct otp_verify_in in = {
		.challenge_id = uuid_text(&t->arena, &sent->challenge_id),
		.code = code,
	};

	fault_clear(&t->cx);
	return otp_verify(&t->cx, &in, out);
}

static void
a_code_lives_ten_minutes(void **state)
{
	struct domain_case *t = *state;
	struct otp_sent sent;
	struct sign_in done;
	struct str code;

	(void)member(t, "a@example.com", NULL);
	must(send_code(t, "email", "login", "a@example.com", &sent));
	code = mail_of(t, "login_code").code;
	pass(10 * MINUTE);
	assert_int_equal(give_code(t, &sent, code, &done), ERR_INVALID_CODE);
	must(send_code(t, "email", "login", "a@example.com", &sent));
	code = mail_of(t, "login_code").code;
	pass(10 * MINUTE - SECOND);
	must(give_code(t, &sent, code, &done));
}

/* Who has no account costs the same rows: the time of an answer must not tell. */
static void
strangers_cost_the_same(void **state)
{
	static const struct {
		const char *channel, *purpose, *known, *unknown;
	} rows[] = {
		{"email", "login", "a@example.com", "stranger@example.com"},
		{"email", "verify", "b@example.com", "stranger@example.com"},
		{"sms", "login", "+493012345678", "+493087654321"},
	};
	struct domain_case *t = *state;
	struct otp_sent sent;
	struct sign_in done;

	(void)member(t, "a@example.com", NULL);
	case_count(t, "update users set phone = '+493012345678', is_phone_verified = 1");
	(void)signed_up(t, "b@example.com", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t made[2];

		for (int known = 0; known < 2; known++) {
			int64_t before = case_count(t, COUNT_MADE);

			must(send_code(t, rows[i].channel, rows[i].purpose,
				       known ? rows[i].known : rows[i].unknown, &sent));
			made[known] = case_count(t, COUNT_MADE) - before;
			if (!known)
				assert_int_equal(give_code(t, &sent, S("000000"), &done),
						 ERR_INVALID_CODE);
		}
		assert_int_equal(made[0], 2);
		assert_int_equal(made[1], 2);
	}
}

static void
a_phone_wants_the_owner(void **state)
{
	struct domain_case *t = *state;
	struct otp_sent sent;
	struct sign_in done = member(t, "a@example.com", NULL);
	struct otp_send_in in = {
		.channel = S("sms"),
		.phone = S("+493012345678"),
		.password = secret_of(S(PASSWORD)),
	};

	as(t, done.tokens.access);
	pass(10 * MINUTE - SECOND);
	must(send_code(t, "sms", "verify", "+493012345678", &sent));
	pass(SECOND);
	assert_int_equal(send_code(t, "sms", "verify", "+493012345678", &sent),
			 ERR_REAUTHENTICATION);
	must(otp_send(&t->cx, &in, &sent));
}

static void
budgets_come_back(void **state)
{
	struct domain_case *t = *state;
	struct otp_sent sent;

	for (int day = 0; day < 2; day++) {
		for (int i = 0; i < 10; i++) {
			must(send_code(t, "sms", "login", "+493000000000", &sent));
			pass(5 * MINUTE);
		}
		assert_int_equal(send_code(t, "sms", "login", "+493000000000", &sent),
				 ERR_THROTTLED);
		pass(DAY);
	}
}

/* 100 wrong codes in a row, however many challenges they were for. */
static void
a_hundred_wrong_codes(void **state)
{
	struct domain_case *t = *state;
	struct otp_sent sent;
	struct sign_in done;
	struct str code;

	(void)member(t, "a@example.com", NULL);
	for (int i = 0; i < 20; i++) {
		must(send_code(t, "email", "login", "a@example.com", &sent));
		code = mail_of(t, "login_code").code;
		for (int k = 0; k < 5; k++)
			assert_int_equal(give_code(t, &sent, S("x"), &done), ERR_INVALID_CODE);
		pass(2 * HOUR);
	}
	must(send_code(t, "email", "login", "a@example.com", &sent));
	code = mail_of(t, "login_code").code;
	assert_int_equal(give_code(t, &sent, code, &done), ERR_INVALID_CODE);
}

struct enabling {
	struct uuid user;
	struct str kind;
};

static enum err
enable(struct ctx *cx, void *arg)
{
	const struct enabling *e = arg;

	TRY(factor_put(cx, &e->user, e->kind, STR_NONE, clock_now()));
	TRY(factor_enable(cx, &e->user, e->kind, clock_now()));
	return user_set_mfa(cx, &e->user, true, clock_now());
}

/* A proven phone, by the code of a text. */
static struct sign_in
reachable(struct domain_case *t, const char *email, const char *phone)
{
	struct sign_in done = member(t, email, NULL), out;
	struct otp_sent sent;

	as(t, done.tokens.access);
	must(send_code(t, "sms", "verify", phone, &sent));
	must(give_code(t, &sent, mail_of(t, "sms_code").code, &out));
	nobody(t);
	return done;
}

static void
a_factor_is_still_due(void **state)
{
	struct domain_case *t = *state;
	struct sign_in done = reachable(t, "a@example.com", "+493012345678"), out;
	struct enabling sms = {done.user.id, FACTOR_SMS}, totp = {done.user.id, FACTOR_TOTP};
	struct otp_sent sent;
	struct mail m;

	must(store_write(&t->cx, enable, &sms));
	while (next_mail(t, &m))
		;
	must(send_code(t, "sms", "login", "+493012345678", &sent));
	assert_false(next_mail(t, &m));
	must(send_code(t, "email", "login", "a@example.com", &sent));
	assert_int_equal(give_code(t, &sent, mail_of(t, "login_code").code, &out),
			 ERR_MFA_REQUIRED);
	as(t, done.tokens.access);
	assert_int_equal(send_code(t, "sms", "verify", "+493099999999", &sent),
			 ERR_PHONE_IS_FACTOR);
	nobody(t);
	must(store_write(&t->cx, enable, &totp));
	must(send_code(t, "sms", "login", "+493012345678", &sent));
	assert_int_equal(give_code(t, &sent, mail_of(t, "sms_code").code, &out), ERR_MFA_REQUIRED);
	assert_int_equal(case_count(t, "select count(*) from mfa_tickets where channel = 'sms' and "
				       "amr = 'otp'"),
			 1);
}

/* What was set up since the act goes, older ones stay. */
static void
undo_takes_new_factors(void **state)
{
	struct domain_case *t = *state;
	struct sign_in done = member(t, "a@example.com", NULL);
	struct enabling totp = {done.user.id, FACTOR_TOTP};
	struct profile_in in = {
		.phone = S("+493012345678"),
		.phone_set = true,
		.password = secret_of(S(PASSWORD)),
	};
	struct nothing none;
	struct user u;

	for (int before = 0; before < 2; before++) {
		if (before)
			must(store_write(&t->cx, enable, &totp));
		pass(SECOND);
		as(t, done.tokens.access);
		in.phone = before ? S("+493012345679") : S("+493012345678");
		must(profile_change(&t->cx, &in, &u));
		pass(SECOND);
		if (!before)
			must(store_write(&t->cx, enable, &totp));
		must(undo(&t->cx, &(struct undo_in){mail_of(t, "phone_changed").undo_token},
			  &none));
		must(user_by_id(&t->cx, &done.user.id, &u));
		assert_int_equal(u.mfa_enabled, before);
		assert_true(str_absent(u.password) && str_absent(u.phone));
		(void)case_count(t, "update users set password = (select 'x')");
		(void)case_sign_in(t, &u, &done.tokens.access);
		in.password = SECRET_NONE;
	}
}

static struct mail
moved(struct domain_case *t, struct str access, const char *to, const char *from)
{
	struct email_change_in in = {.password = secret_of(S(PASSWORD)), .new_email = str_of(to)};
	struct email_confirm_in confirm = {0};
	struct mail m, notice = {.to = STR_NONE};
	struct nothing none;
	struct user u;

	as(t, access);
	must(email_change_request(&t->cx, &in, &none));
	confirm.code = mail_of(t, "change_email").code;
	must(email_change_confirm(&t->cx, &confirm, &u));
	while (next_mail(t, &m))
		if (str_eq(m.to, str_of(from)))
			notice = m;
	assert_true(str_eq(notice.template, S("email_changed")));
	return notice;
}

static void
an_undo_link_lives_72_hours(void **state)
{
	static const struct {
		int64_t after;
		enum err want;
	} rows[] = {{72 * HOUR - SECOND, OK}, {72 * HOUR, ERR_INVALID_LINK}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case *t = *state;
		char old[32], new[32];
		struct undo_in in = {0};
		struct nothing none;
		struct sign_in done;

		snprintf(old, sizeof(old), "old%zu@example.com", i);
		snprintf(new, sizeof(new), "new%zu@example.com", i);
		done = member(t, old, NULL);
		in.token = moved(t, done.tokens.access, new, old).undo_token;
		nobody(t);
		pass(rows[i].after);
		assert_int_equal(undo(&t->cx, &in, &none), rows[i].want);
	}
}

static void
erased_when_its_time_has_come(void **state)
{
	struct domain_case *t = *state;
	struct sign_in done = member(t, "a@example.com", NULL);
	struct close_in in = {.password = secret_of(S(PASSWORD))};
	struct restore_in back;
	struct nothing none;
	struct user u;

	as(t, done.tokens.access);
	must(account_close(&t->cx, &in, &none));
	back.token = mail_of(t, "deletion").restore_token;
	nobody(t);
	pass(14 * DAY - SECOND);
	must(accounts_erase_due(&t->cx));
	must(user_by_id(&t->cx, &done.user.id, &u));
	pass(SECOND);
	must(accounts_erase_due(&t->cx));
	assert_int_equal(user_by_id(&t->cx, &done.user.id, &u), ERR_NOT_FOUND);
	assert_int_equal(account_restore(&t->cx, &back, &none), ERR_INVALID_LINK);
	assert_int_equal(case_count(t, "select count(*) from sessions"), 0);
	assert_int_equal(case_count(t, "select count(*) from logins"), 0);
	assert_int_equal(case_count(t, "select count(*) from undo_links"), 0);
	assert_true(case_count(t, "select count(*) from audit_events") > 0);
}

static void
nothing_is_erased_while_an_undo_link_lives(void **state)
{
	struct domain_case *t = *state;
	struct sign_in done = member(t, "a@example.com", NULL);
	struct mail notice = moved(t, done.tokens.access, "b@example.com", "a@example.com");
	struct close_in in = {.password = secret_of(S(PASSWORD))};
	struct nothing none;
	struct user u;

	t->config.account_erase_after = 0;
	must(account_close(&t->cx, &in, &none));
	nobody(t);
	must(accounts_erase_due(&t->cx));
	must(user_by_id(&t->cx, &done.user.id, &u));
	assert_true(u.deleted_at != 0);
	must(undo(&t->cx, &(struct undo_in){notice.undo_token}, &none));
	must(user_by_id(&t->cx, &done.user.id, &u));
	assert_true(u.deleted_at == 0 && str_absent(u.password));
	assert_true(str_eq(u.email, S("a@example.com")));
	pass(73 * HOUR);
	must(accounts_erase_due(&t->cx));
	must(user_by_id(&t->cx, &done.user.id, &u));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_code_lives_ten_minutes),      ROW(strangers_cost_the_same),
		ROW(a_phone_wants_the_owner),       ROW(budgets_come_back),
		ROW(a_hundred_wrong_codes),         ROW(a_factor_is_still_due),
		ROW(undo_takes_new_factors),        ROW(an_undo_link_lives_72_hours),
		ROW(erased_when_its_time_has_come), ROW(nothing_is_erased_while_an_undo_link_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
