/* The second factor: set up, asked for, given, and ended by what ends it. */
#include "mfa_case.h"

#include "crypto/jwt.h"
#include "domain/admin.h"
#include "domain/recover.h"
#include "domain/refresh.h"
#include "domain/sweep.h"
#include "store/device_block.h"

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
set_up(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S(ADA), STR_NONE, true);
	struct ada a = {.user = u};
	struct mfa_enabling first = {0}, begun = {0};
	struct mfa_verified done = {0};
	struct sign_in in;
	struct mail mail;
	struct str access;

	(void)case_sign_in(t, &u, &access);
	as(t, access);
	assert_int_equal(prove_set_up(t, S("123456"), &done), ERR_CONFLICT);
	must(begin_set_up(t, "totp", &first));
	must(begin_set_up(t, "totp", &begun));
	assert_false(str_eq(first.secret, begun.secret));
	assert_int_equal(begun.secret.n, 32);
	assert_true(str_starts(begun.otpauth_uri,
			       S("otpauth://totp/127.0.0.1:ada%40example.com?secret=")));
	assert_true(str_has(begun.otpauth_uri, begun.secret));
	must(sign_in(t, STR_NONE, &in));
	base32_read(begun.secret, a.seed);
	assert_int_equal(prove_set_up(t, wrong_code(t, &a), &done), ERR_INVALID_CODE);
	must(prove_set_up(t, app_code(t, &a, -1), &done));
	assert_true(done.set_up);
	assert_int_equal(done.recovery_codes.n, 10);
	assert_int_equal(done.recovery_codes.v[0].n, 19);
	assert_true(told(t, "mfa_enabled", &mail));
	assert_int_equal(begin_set_up(t, "totp", &begun), ERR_CONFLICT);
	assert_int_equal(prove_set_up(t, app_code(t, &a, 0), &done), ERR_CONFLICT);
	assert_int_equal(begin_set_up(t, "sms", &begun), ERR_PHONE_NOT_VERIFIED);
	assert_int_equal(begin_set_up(t, "mail", &begun), ERR_INVALID);
	assert_int_equal(case_count(t, "select count(*) from recovery_codes"), 10);
	assert_int_equal(case_count(t, "select length(secret) from factors"),
			 TOTP_SEED + SEAL_EXTRA);
}

static void
wants_the_password(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mfa_step_up_in rows[] = {{.password = SECRET_NONE},
					{.password = secret_of(S(WRONG))}};
	struct recovery_codes codes;
	struct nothing out;

	as(t, a.access);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mfa_enable_in in = {.method = S("sms"), .password = rows[i].password};
		struct mfa_enabling begun;

		fault_clear(&t->cx);
		assert_int_equal(mfa_disable(&t->cx, &rows[i], &out), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("password"));
		fault_clear(&t->cx);
		assert_int_equal(mfa_new_codes(&t->cx, &rows[i], &codes), ERR_INVALID);
		fault_clear(&t->cx);
		assert_int_equal(mfa_enable(&t->cx, &in, &begun), ERR_INVALID);
	}
}

/* Who has no password proves to be there by a fresh sign-in. */
static void
without_a_password(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mfa_step_up_in none = {.password = SECRET_NONE};
	struct nothing out;

	(void)case_count(t, "update users set password = null");
	as(t, a.access);
	pass(10 * MINUTE);
	assert_int_equal(mfa_disable(&t->cx, &none, &out), ERR_REAUTHENTICATION);
	(void)case_sign_in(t, &a.user, &a.access);
	as(t, a.access);
	must(mfa_disable(&t->cx, &none, &out));
}

static void
finishes_a_sign_in(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct str first = ticket(t, STR_NONE), code = app_code(t, &a, 0);
	struct str_list methods = methods_told(&t->cx);
	struct sign_in in;
	struct claims c;

	assert_int_equal(methods.n, 2);
	assert_str(methods.v[0], S("totp"));
	assert_str(methods.v[1], S("recovery_code"));
	must(end_with(t, first, code, &in));
	must(jwt_read(&t->cx, in.tokens.access, case_clock(), &c));
	assert_str(c.amr, S("pwd otp"));
	as(t, in.tokens.access);
	nobody(t);
	assert_int_equal(end_with(t, first, app_code(t, &a, 1), NULL), ERR_MFA_TOKEN);
	first = ticket(t, STR_NONE);
	assert_int_equal(end_with(t, first, code, NULL), ERR_INVALID_CODE);
	assert_int_equal(end_with(t, S("none"), code, NULL), ERR_MFA_TOKEN);
	must(end_with(t, first, app_code(t, &a, 1), NULL));
	assert_int_equal(case_count(t, "select count(*) from logins where outcome = 'success' and "
				       "method = 'password' and session_id is not null"),
			 2);
	assert_int_equal(
		case_count(t, "select count(*) from logins where outcome = 'mfa_required'"), 2);
	assert_int_equal(case_count(t, "select count(*) from counts where kind = 'place'"), 1);
}

static void
recovery_codes(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct str typed = str_upper(&t->arena, a.codes.v[1]);
	struct mfa_step_up_in step_up = {.password = secret_of(S(PASSWORD))};
	struct recovery_codes renewed;
	struct mail mail;

	must(end_with(t, ticket(t, STR_NONE), a.codes.v[0], NULL));
	assert_true(told(t, "recovery_code_used", &mail));
	assert_str(mail.count, S("9"));
	assert_int_equal(end_with(t, ticket(t, STR_NONE), a.codes.v[0], NULL), ERR_INVALID_CODE);
	must(end_with(t, ticket(t, STR_NONE), typed, NULL));
	as(t, a.access);
	fault_clear(&t->cx);
	must(mfa_new_codes(&t->cx, &step_up, &renewed));
	nobody(t);
	assert_int_equal(renewed.codes.n, 10);
	assert_int_equal(end_with(t, ticket(t, STR_NONE), a.codes.v[2], NULL), ERR_INVALID_CODE);
	must(end_with(t, ticket(t, STR_NONE), renewed.codes.v[2], NULL));
}

static void
one_device(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct str bound = ticket(t, S("phone")), free_one = ticket(t, STR_NONE);
	struct mfa_verify_in in = {.mfa_token = bound, .code = app_code(t, &a, 0)};
	struct sign_in out;

	for (int i = 0; i < 8; i++) {
		in.device_id = i % 2 ? S("laptop") : STR_NONE;
		fault_clear(&t->cx);
		assert_int_equal(mfa_finish(&t->cx, &in, &out), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("device_id"));
	}
	in.device_id = S("phone");
	must(mfa_finish(&t->cx, &in, &out));
	in = (struct mfa_verify_in){free_one, app_code(t, &a, 1), S("phone")};
	assert_int_equal(mfa_finish(&t->cx, &in, &out), ERR_INVALID);
	in.device_id = STR_NONE;
	must(mfa_finish(&t->cx, &in, &out));
}

static enum err
block(struct ctx *cx, void *arg)
{
	const struct device_block b = {
		.device_id = S("phone"),
		.reason = S("lost"),
		.created_at = clock_now(),
	};

	return device_block_put(cx, &b);
}

/* What forbids a sign-in is asked again, and told to who has the code only. */
static void
gates_at_the_finish(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mfa_verify_in in = {ticket(t, S("phone")), wrong_code(t, &a), S("phone")};
	struct sign_in out;

	must(store_write(&t->cx, block, NULL));
	assert_int_equal(mfa_finish(&t->cx, &in, &out), ERR_INVALID_CODE);
	in.code = app_code(t, &a, 0);
	assert_int_equal(mfa_finish(&t->cx, &in, &out), ERR_DEVICE_BLOCKED);
	assert_int_equal(mfa_finish(&t->cx, &in, &out), ERR_MFA_TOKEN);
	assert_int_equal(case_count(t, "select count(*) from logins where outcome = "
				       "'device_blocked'"),
			 1);
}

static void
log_out_everywhere(struct domain_case *t, const struct ada *a)
{
	struct nothing in, out;

	as(t, a->access);
	must(logout_all(&t->cx, &in, &out));
	nobody(t);
}

static void
change_password(struct domain_case *t, const struct ada *a)
{
	struct password_change_in in = {secret_of(S(PASSWORD)), secret_of(S("brand-New-pass-8"))};
	struct nothing out;

	as(t, a->access);
	must(password_change(&t->cx, &in, &out));
	nobody(t);
}

static void
reset_password(struct domain_case *t, const struct ada *a UNUSED)
{
	struct reset_request_in ask = {.email = S(ADA)};
	struct reset_in in = {.new_password = secret_of(S("brand-New-pass-8"))};
	struct nothing out;
	struct mail mail;

	must(reset_request(&t->cx, &ask, &out));
	assert_true(told(t, "reset_password", &mail));
	in.token = mail.token;
	must(reset_confirm(&t->cx, &in, &out));
}

static void
lock_for_a_moment(struct domain_case *t, const struct ada *a)
{
	struct admin_lock_in in = {
		.user = a->user.id,
		.reason = S("test"),
		.until = case_clock() + SECOND,
	};
	struct user out;

	must(admin_lock(&t->cx, &in, &out));
	pass(2 * SECOND);
}

static void
set_password(struct domain_case *t, const struct ada *a)
{
	struct admin_set_password_in in = {a->user.id, secret_of(S("brand-New-pass-8"))};
	struct user out;

	must(admin_set_password(&t->cx, &in, &out));
}

static void
turn_off(struct domain_case *t, const struct ada *a)
{
	struct mfa_step_up_in in = {.password = secret_of(S(PASSWORD))};
	struct nothing out;

	as(t, a->access);
	must(mfa_disable(&t->cx, &in, &out));
	nobody(t);
}

static void
wait_too_long(struct domain_case *t, const struct ada *a UNUSED)
{
	pass(t->config.mfa_token_ttl);
}

static void
ends_of_a_ticket(void **state)
{
	static const struct {
		const char *name;
		void (*act)(struct domain_case *t, const struct ada *a);
	} rows[] = {
		{"logout-all", log_out_everywhere},
		{"change", change_password},
		{"reset", reset_password},
		{"lock", lock_for_a_moment},
		{"set-password", set_password},
		{"disable", turn_off},
		{"time", wait_too_long},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case t;
		struct str token;
		struct ada a;

		print_message("%s\n", rows[i].name);
		domain_case_make(&t, NULL);
		a = ada_with_app(&t);
		token = ticket(&t, STR_NONE);
		rows[i].act(&t, &a);
		assert_int_equal(end_with(&t, token, app_code(&t, &a, 0), NULL), ERR_MFA_TOKEN);
		domain_case_end(&t);
	}
}

static void
off_and_reset(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct mfa_step_up_in in = {.password = secret_of(S(PASSWORD))};
	struct uuid stranger = {{1}};
	struct nothing out;
	struct sign_in done;
	struct mail mail;

	turn_off(t, &a);
	assert_true(told(t, "mfa_disabled", &mail));
	must(sign_in(t, STR_NONE, &done));
	as(t, a.access);
	assert_int_equal(mfa_disable(&t->cx, &in, &out), ERR_CONFLICT);
	assert_int_equal(case_count(t, "select count(*) from recovery_codes"), 0);
	assert_int_equal(reset_factors(t, &stranger), ERR_NOT_FOUND);
	must(reset_factors(t, &a.user.id));
	assert_false(told(t, "mfa_disabled", &mail));
}

static void
operator_resets(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct sign_in done;
	struct mail mail;
	struct user u;

	must(reset_factors(t, &a.user.id));
	must(user_by_id(&t->cx, &a.user.id, &u));
	assert_false(u.mfa_enabled);
	assert_true(told(t, "mfa_disabled", &mail));
	must(sign_in(t, STR_NONE, &done));
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'mfa_reset'"),
			 1);
}

/* The address was never proven, so what its holder set up goes to nobody. */
static void
goes_with_a_wipe(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct login_in in = {.identifier = S(ADA), .password = secret_of(S("brand-New-pass-8"))};
	struct sign_in done;

	(void)case_count(t, "update users set is_email_verified = 0");
	reset_password(t, &a);
	fault_clear(&t->cx);
	must(login_password(&t->cx, &in, &done));
	assert_int_equal(case_count(t, "select count(*) from factors"), 0);
	assert_int_equal(case_count(t, "select count(*) from recovery_codes"), 0);
}

struct gate {
	const struct user *user;
	struct sign_in_waiting waiting;
	struct mfa_due due;
};

static enum err
ask_for_factor(struct ctx *cx, void *arg)
{
	struct gate *g = arg;
	enum err e = mfa_gate(cx, g->user, &g->waiting, clock_now(), &g->due);

	return e == ERR_MFA_REQUIRED ? OK : e;
}

/* A refresh that asks for the factor: the same session goes on. */
static void
resumes_a_session(void **state)
{
	struct domain_case *t = *state;
	struct ada a = ada_with_app(t);
	struct str access;
	struct session s = case_sign_in(t, &a.user, &access);
	struct user u = a.user;
	struct gate g = {.user = &u, .waiting = {.amr = S("pwd"), .session_id = s.id}};
	struct refresh_in next = {0};
	struct sign_in done;
	struct tokens tokens;

	u.mfa_enabled = true;
	must(store_write(&t->cx, ask_for_factor, &g));
	must(end_with(t, g.due.token, app_code(t, &a, 0), &done));
	assert_true(uuid_eq(&done.tokens.session_id, &s.id));
	as(t, done.tokens.access);
	assert_int_equal(t->caller.session.auth_time, case_clock());
	assert_str(t->caller.session.amr, S("pwd otp"));
	next.refresh_token = done.tokens.refresh;
	must(session_refresh(&t->cx, &next, &tokens));
	nobody(t);
	must(store_write(&t->cx, ask_for_factor, &g));
	log_out_everywhere(t, &(struct ada){.access = tokens.access});
	assert_int_equal(end_with(t, g.due.token, app_code(t, &a, 1), &done), ERR_MFA_TOKEN);
}

static void
swept(void **state)
{
	struct domain_case *t = *state;
	bool more;

	(void)ada_with_app(t);
	(void)ticket(t, STR_NONE);
	must(sweep(&t->cx, &more));
	assert_int_equal(case_count(t, "select count(*) from mfa_tickets"), 1);
	pass(2 * HOUR);
	must(sweep(&t->cx, &more));
	assert_int_equal(case_count(t, "select count(*) from mfa_tickets"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(set_up),
		ROW(wants_the_password),
		ROW(without_a_password),
		ROW(finishes_a_sign_in),
		ROW(recovery_codes),
		ROW(one_device),
		ROW(gates_at_the_finish),
		cmocka_unit_test(ends_of_a_ticket),
		ROW(off_and_reset),
		ROW(operator_resets),
		ROW(goes_with_a_wipe),
		ROW(resumes_a_session),
		ROW(swept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
