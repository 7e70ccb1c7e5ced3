/* Wrong second-factor codes: five a ticket, ten before the waits, a hundred before the end; and
 * codes by SMS, which are counted and budgeted too. */
#include "mfa_case.h"

#include "domain/account.h"
#include "domain/admin.h"

/* As an operator does at the terminal. */
static enum err
reset_factors(struct domain_case *t, const struct uuid *user)
{
	struct admin_act_in in = {.user = *user};
	struct nothing none;

	t->caller.bearer = BEARER_NONE;
	return admin_reset_mfa(&t->cx, &in, &none);
}

static void
five_a_ticket(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct str token = ticket(t, STR_NONE);

	for (int i = 0; i < MFA_ATTEMPTS; i++)
		assert_int_equal(end_with(t, token, wrong_code(t, &a), NULL), ERR_INVALID_CODE);
	assert_int_equal(end_with(t, token, app_code(t, &a, 0), NULL), ERR_MFA_TOKEN);
	must(end_with(t, ticket(t, STR_NONE), app_code(t, &a, 0), NULL));
}

/* n wrong codes, each when it may be made. */
static void
fail_often(struct domain_case *t, const struct ada *a, int n)
{
	struct str token = STR_NONE;

	for (int i = 0; i < n; i++) {
		if (i % MFA_ATTEMPTS == 0)
			token = ticket(t, STR_NONE);
		if (i >= 9)
			pass(15 * MINUTE), token = ticket(t, STR_NONE);
		assert_int_equal(end_with(t, token, wrong_code(t, a), NULL), ERR_INVALID_CODE);
	}
}

static void
waits(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mail mail;
	struct str token;

	fail_often(t, &a, 9);
	token = ticket(t, STR_NONE);
	assert_false(told(t, "mfa_failures", &mail));
	assert_int_equal(end_with(t, token, wrong_code(t, &a), NULL), ERR_INVALID_CODE);
	assert_true(told(t, "mfa_failures", &mail));
	assert_str(mail.count, S("10"));
	for (int64_t wait = 1; wait <= 4; wait *= 2) {
		from(t, wait == 2 ? "198.51.100.7" : "192.0.2.1");
		assert_int_equal(end_with(t, token, app_code(t, &a, 0), NULL), ERR_THROTTLED);
		assert_int_equal(t->cx.fault.retry_after, wait);
		assert_int_equal(end_with(t, token, a.codes.v[0], NULL), ERR_THROTTLED);
		pass(wait * SECOND);
		assert_int_equal(end_with(t, token, wrong_code(t, &a), NULL), ERR_INVALID_CODE);
	}
	pass(8 * SECOND);
	must(end_with(t, token, app_code(t, &a, 0), NULL));
	token = ticket(t, STR_NONE);
	assert_int_equal(end_with(t, token, wrong_code(t, &a), NULL), ERR_INVALID_CODE);
	must(end_with(t, token, app_code(t, &a, 1), NULL));
}

static void
hundred(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mail mail = {0};
	struct str token;

	fail_often(t, &a, 100);
	while (told(t, "mfa_failures", &mail))
		continue;
	assert_str(mail.count, S("100"));
	pass(15 * MINUTE);
	token = ticket(t, STR_NONE);
	assert_int_equal(end_with(t, token, app_code(t, &a, 0), NULL), ERR_INVALID_CODE);
	assert_true(str_has(t->cx.fault.detail, S("recovery code")));
	must(end_with(t, token, a.codes.v[0], NULL));
	must(end_with(t, ticket(t, STR_NONE), app_code(t, &a, 0), NULL));
}

static void
operator_ends_them(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);

	fail_often(t, &a, 20);
	assert_int_equal(case_count(t, "select failures from counts where kind = 'mfa'"), 20);
	must(reset_factors(t, &a.user.id));
	assert_int_equal(case_count(t, "select count(*) from counts where kind = 'mfa'"), 0);
}

/* A set-up is guessed at a hundred times at most; a new one begins anew. */
static void
set_ups(void **state)
{
	struct domain_case *t = *state;
	struct ada a = {.user = case_user(t, S(ADA), STR_NONE, true)};
	struct mfa_enabling begun = {0};
	struct mfa_verified done = {0};

	(void)case_sign_in(t, &a.user, &a.access);
	as(t, a.access);
	for (int round = 0; round < 2; round++) {
		must(begin_set_up(t, "totp", &begun));
		base32_read(begun.secret, a.seed);
		for (int i = 0; i < 100; i++)
			assert_int_equal(prove_set_up(t, wrong_code(t, &a), &done),
					 ERR_INVALID_CODE);
		assert_int_equal(prove_set_up(t, app_code(t, &a, 0), &done), ERR_INVALID_CODE);
	}
	must(begin_set_up(t, "totp", &begun));
	base32_read(begun.secret, a.seed);
	must(prove_set_up(t, app_code(t, &a, 0), &done));
}

static struct ada
ada_with_sms(struct domain_case *t)
{
	struct ada a = {.user = case_user(t, S(ADA), STR_NONE, true)};
	struct mfa_enabling begun = {0};
	struct mfa_verified done = {0};
	struct mail sms;

	phone_is_proven(t);
	(void)case_sign_in(t, &a.user, &a.access);
	as(t, a.access);
	must(begin_set_up(t, "sms", &begun));
	assert_true(told(t, "sms_code", &sms));
	assert_str(sms.to, S("+49301234567"));
	assert_int_equal(prove_set_up(t, S("12345"), &done), ERR_INVALID_CODE);
	must(prove_set_up(t, sms.code, &done));
	assert_int_equal(done.recovery_codes.n, 10);
	a.codes = done.recovery_codes;
	nobody(t);
	pass(11 * MINUTE);
	return a;
}

static void
by_sms(void **state)
{
	struct domain_case *t = *state;
	struct mfa_send_in again = {0};
	struct sign_in done;
	struct nothing out;
	struct mail sms, last;

	(void)ada_with_sms(t);
	again.mfa_token = ticket(t, STR_NONE);
	assert_str(methods_told(&t->cx).v[0], S("sms"));
	assert_true(told(t, "sms_code", &sms));
	must(mfa_send(&t->cx, &again, &out));
	assert_true(told(t, "sms_code", &last));
	if (!str_eq(sms.code, last.code))
		assert_int_equal(end_with(t, again.mfa_token, sms.code, NULL), ERR_INVALID_CODE);
	(void)ticket(t, STR_NONE);
	assert_true(told(t, "sms_code", &last));
	assert_int_equal(mfa_send(&t->cx, &again, &out), ERR_THROTTLED);
	again.mfa_token = ticket(t, STR_NONE);
	assert_int_equal(t->cx.fault.retry_after, 0);
	assert_false(told(t, "sms_code", &sms));
	must(end_with(t, again.mfa_token, last.code, &done));
	as(t, done.tokens.access);
	assert_str(t->caller.session.amr, S("pwd sms"));
	nobody(t);
	assert_int_equal(end_with(t, ticket(t, STR_NONE), last.code, NULL), ERR_INVALID_CODE);
	assert_int_equal(mfa_send(&t->cx, &again, &out), ERR_MFA_TOKEN);
}

static void
both(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_sms(t);
	struct mfa_enabling begun = {0};
	struct mfa_verified done = {0};
	struct mfa_send_in send = {0};
	struct nothing out;
	struct mail sms;

	as(t, a.access);
	must(begin_set_up(t, "totp", &begun));
	base32_read(begun.secret, a.seed);
	must(prove_set_up(t, app_code(t, &a, -1), &done));
	assert_int_equal(done.recovery_codes.n, 0);
	assert_int_equal(begin_set_up(t, "sms", &begun), ERR_CONFLICT);
	nobody(t);
	send.mfa_token = ticket(t, STR_NONE);
	assert_int_equal(methods_told(&t->cx).n, 3);
	assert_false(told(t, "sms_code", &sms));
	must(end_with(t, send.mfa_token, app_code(t, &a, 0), NULL));
	send.mfa_token = ticket(t, STR_NONE);
	must(mfa_send(&t->cx, &send, &out));
	assert_true(told(t, "sms_code", &sms));
	must(end_with(t, send.mfa_token, sms.code, NULL));
	must(end_with(t, ticket(t, STR_NONE), a.codes.v[0], NULL));
}

static void
without_sms(void **state)
{
	struct domain_case *t = *state;
	struct mfa_send_in send;
	struct nothing out;

	(void)ada_with_app(t);
	send.mfa_token = ticket(t, STR_NONE);
	assert_int_equal(mfa_send(&t->cx, &send, &out), ERR_CONFLICT);
	send.mfa_token = S("nothing");
	assert_int_equal(mfa_send(&t->cx, &send, &out), ERR_MFA_TOKEN);
}

/* The number that a code went to must still be the account's own, and stays while it is a factor.
 */
static void
the_number(void **state)
{
	struct domain_case *t = *state;
	struct profile_in change = {
		.phone = S("+49307654321"),
		.phone_set = true,
		.password = secret_of(S(PASSWORD)),
	};
	struct ada a = {.user = case_user(t, S(ADA), STR_NONE, true)};
	struct mfa_enabling begun = {0};
	struct mfa_verified done = {0};
	struct mail sms;
	struct user u;

	phone_is_proven(t);
	(void)case_sign_in(t, &a.user, &a.access);
	as(t, a.access);
	must(begin_set_up(t, "sms", &begun));
	assert_true(told(t, "sms_code", &sms));
	must(profile_change(&t->cx, &change, &u));
	assert_int_equal(prove_set_up(t, sms.code, &done), ERR_INVALID_CODE);
	phone_is_proven(t);
	must(begin_set_up(t, "sms", &begun));
	assert_true(told(t, "sms_code", &sms));
	must(prove_set_up(t, sms.code, &done));
	as(t, a.access);
	assert_int_equal(profile_change(&t->cx, &change, &u), ERR_PHONE_IS_FACTOR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(five_a_ticket), ROW(waits),  ROW(hundred), ROW(operator_ends_them),
		ROW(set_ups),       ROW(by_sms), ROW(both),    ROW(without_sms),
		ROW(the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
