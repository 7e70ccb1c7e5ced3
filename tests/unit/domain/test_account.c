/* The bearer's check, and what a signed-in user changes of the own account. */
#include "domain_case.h"

#include "domain/account.h"
#include "domain/devices.h"
#include "domain/signin.h"

#define SIGNED_IN "ada@example.com"

static enum err
change(struct domain_case *t, const struct profile_in *in)
{
	struct user out;

	fault_clear(&t->cx);
	return profile_change(&t->cx, in, &out);
}

static struct user
stored(struct domain_case *t)
{
	struct user u;

	must(user_by_email(&t->cx, S(SIGNED_IN), &u));
	return u;
}

/* Signed in, and the request's caller. */
static struct sign_in
ada(struct domain_case *t)
{
	struct sign_in in = member(t, SIGNED_IN, "ada");
	struct mail mail;

	while (next_mail(t, &mail))
		continue;
	as(t, in.tokens.access);
	return in;
}

static void
only_what_is_sent(void **state)
{
	struct domain_case *t = *state;
	struct profile_in in = {.full_name = S("Ada"), .full_name_set = true};
	struct user u, was;
	struct mail mail;

	(void)ada(t);
	was = stored(t);
	pass(HOUR);
	must(change(t, &in));
	u = stored(t);
	assert_str(u.full_name, S("Ada"));
	assert_str(u.username, was.username);
	assert_int_equal(u.updated_at, case_now);
	in = (struct profile_in){.username_set = true, .username = S("ADA")};
	must(change(t, &in));
	assert_str(stored(t).username, S("ADA"));
	assert_str(stored(t).full_name, S("Ada"));
	in = (struct profile_in){.username_set = true, .full_name_set = true};
	must(change(t, &in));
	u = stored(t);
	assert_true(str_absent(u.username) && str_absent(u.username_key) &&
		    str_absent(u.full_name));
	assert_str(u.email, was.email);
	assert_str(u.role, was.role);
	assert_false(next_mail(t, &mail));
}

static void
taken_username(void **state)
{
	struct domain_case *t = *state;
	struct profile_in in = {.username = S("BOB"),
				.username_set = true,
				.full_name = S("Ada"),
				.full_name_set = true};

	(void)signed_up(t, "bob@example.com", "bob");
	(void)ada(t);
	assert_int_equal(change(t, &in), ERR_TAKEN);
	assert_str(t->cx.fault.fields->field, S("username"));
	assert_true(str_absent(stored(t).full_name));
}

static void
phone_wants_the_owner(void **state)
{
	struct domain_case *t = *state;
	struct profile_in in = {.phone = S("+4930123456"), .phone_set = true};
	struct mail mail;

	(void)ada(t);
	must(change(t, &in));
	assert_true(next_mail(t, &mail));
	assert_str(mail.template, S("phone_changed"));
	assert_str(mail.to, S(SIGNED_IN));
	case_count(t, "update users set is_phone_verified = 1");
	pass(10 * MINUTE);
	t->caller.user = stored(t);
	must(change(t, &in));
	assert_true(stored(t).is_phone_verified);
	assert_false(next_mail(t, &mail));
	in.phone = S("+4930123457");
	assert_int_equal(change(t, &in), ERR_REAUTHENTICATION);
	in.password = secret_of(S(WRONG));
	assert_int_equal(change(t, &in), ERR_INVALID);
	assert_str(t->cx.fault.fields->field, S("password"));
	in.password = secret_of(S(PASSWORD));
	must(change(t, &in));
	assert_str(stored(t).phone, S("+4930123457"));
	assert_false(stored(t).is_phone_verified);
	in = (struct profile_in){.phone_set = true};
	t->caller.user = stored(t);
	assert_int_equal(change(t, &in), ERR_REAUTHENTICATION);
}

/* The phone of the request was the account's when it came in, and is not any more. */
static void
phones_have_a_budget(void **state)
{
	struct domain_case *t = *state;
	struct profile_in in = {.phone_set = true};

	(void)ada(t);
	for (int i = 0; i < 5; i++) {
		in.phone = str_print(&t->arena, "+493012345%d", i);
		must(change(t, &in));
	}
	in.phone = S("+4930123459");
	assert_int_equal(change(t, &in), ERR_THROTTLED);
	assert_str(stored(t).phone, S("+4930123454"));
}

static void
phone_changed_meanwhile(void **state)
{
	struct domain_case *t = *state;
	struct profile_in in = {.phone = S("+4930123456"), .phone_set = true};

	(void)ada(t);
	must(change(t, &in));
	t->caller.user = stored(t);
	pass(HOUR);
	case_count(t, "update users set phone = '+4930123457'");
	assert_int_equal(change(t, &in), ERR_REAUTHENTICATION);
	assert_str(stored(t).phone, S("+4930123457"));
}

static void
bearers(void **state)
{
	static const struct {
		const char *name, *spoil, *mend;
	} rows[] = {
		{"revoked", "update sessions set revoked_at = 5",
		 "update sessions set revoked_at = null"},
		{"locked", "update users set locked_at = 5", "update users set locked_at = null"},
		{"deleted", "update users set deleted_at = 5",
		 "update users set deleted_at = null"},
		{"over", "update sessions set expires_at = expires_at - 9000000000000",
		 "update sessions set expires_at = expires_at + 9000000000000"},
		{"idle", "update sessions set idle_expires_at = idle_expires_at - 9000000000000",
		 "update sessions set idle_expires_at = idle_expires_at + 9000000000000"},
		{"gone", "delete from sessions", "select 1"},
	};
	struct domain_case *t = *state;
	struct str access = ada(t).tokens.access;
	struct caller who = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		as(t, access);
		case_count(t, rows[i].spoil);
		assert_int_equal(bearer_check(&t->cx, access, &who), ERR_TOKEN);
		case_count(t, rows[i].mend);
	}
	assert_int_equal(bearer_check(&t->cx, access, &who), ERR_TOKEN);
	assert_int_equal(bearer_check(&t->cx, S("x"), &who), ERR_TOKEN);
	assert_int_equal(who.bearer, BEARER_NONE);
}

static void
bearer_in_time(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = ada(t);
	struct caller who = {0};

	atomic_store(&case_now, in.tokens.access_expires_at + 30 * SECOND - 1);
	must(bearer_check(&t->cx, in.tokens.access, &who));
	pass(1);
	assert_int_equal(bearer_check(&t->cx, in.tokens.access, &who), ERR_TOKEN);
}

/* The role of now, not that of the token. */
static void
bearer_role(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = ada(t);
	const struct nothing nothing = {0};
	struct user u;

	case_count(t, "update users set role = 'SELLER'");
	as(t, in.tokens.access);
	must(me(&t->cx, &nothing, &u));
	assert_str(u.role, S("SELLER"));
}

/* A minute is exact enough, and no request writes. */
static void
last_seen(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = ada(t);
	struct session s;

	pass(MINUTE - 1);
	as(t, in.tokens.access);
	must(touch_flush(&t->cx));
	must(session_by_id(&t->cx, &in.tokens.session_id, &s));
	assert_int_equal(s.last_seen_at, START);
	pass(1);
	as(t, in.tokens.access);
	must(session_by_id(&t->cx, &in.tokens.session_id, &s));
	assert_int_equal(s.last_seen_at, START);
	must(touch_flush(&t->cx));
	must(session_by_id(&t->cx, &in.tokens.session_id, &s));
	assert_int_equal(s.last_seen_at, START + MINUTE);
}

#define CROWD 510

static enum err
sign_in_on(struct ctx *cx, const struct user *u, struct str device, int64_t at, struct session *s)
{
	TRY(session_plan(cx, u, device, S("pwd"), at, s));
	return session_store(cx, s, STR_NONE);
}

static enum err
open_crowd(struct ctx *cx, void *arg)
{
	const struct user *u = arg;
	struct session s;

	for (int i = 0; i < CROWD; i++) {
		struct str device = str_print(cx->arena, "%0128d", i);

		TRY(sign_in_on(cx, u, device, clock_now() - CROWD + i, &s));
	}
	return OK;
}

/* Who was seen longest ago is out, sessions and devices alike, so that there are as many as the
 * lists show; and a list of them fits into what a request may take. */
static void
a_crowd_of_sessions(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct nothing nothing = {0};
	struct session_list sessions;
	struct device_list devices;
	struct arena small;

	must(store_write(&t->cx, open_crowd, &in.user));
	as(t, in.tokens.access);
	arena_init(&small, 2 << 20);
	t->cx.arena = &small;
	must(sessions_list(&t->cx, &nothing, &sessions));
	assert_int_equal(sessions.items.n, 500);
	must(devices_list(&t->cx, &nothing, &devices));
	assert_int_equal(devices.items.n, 500);
	t->cx.arena = &t->arena;
	arena_release(&small);
	assert_int_equal(case_count(t, "select count(*) from sessions where revoked_at is null"),
			 500);
	assert_int_equal(case_count(t, "select count(*) from devices"), 500);
	assert_int_equal(case_count(t, "select count(*) from devices where device_id like '%0009'"),
			 0);
	assert_int_equal(case_count(t, "select count(*) from devices where device_id like '%0010'"),
			 1);
}

/* Signed in long ago and in use; then others come and go. */
static enum err
pass_by(struct ctx *cx, void *arg)
{
	const struct user *u = arg;
	struct session s;
	bool ended;

	TRY(sign_in_on(cx, u, S("phone"), clock_now() - 2 * CROWD, &s));
	for (int i = 0; i < CROWD; i++) {
		struct str device = str_print(cx->arena, "visit %d", i);

		TRY(sign_in_on(cx, u, device, clock_now() - CROWD + i, &s));
		TRY(session_revoke(cx, &s.id, S("logout"), clock_now(), &ended));
	}
	return OK;
}

static void
a_device_in_use_stays(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);

	must(store_write(&t->cx, pass_by, &in.user));
	assert_int_equal(case_count(t, "select count(*) from devices"), 500);
	assert_int_equal(case_count(t, "select count(*) from devices where device_id = 'phone'"),
			 1);
	assert_int_equal(case_count(t, "select count(*) from sessions where revoked_at is null and "
				       "device_id = 'phone'"),
			 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(only_what_is_sent),
		ROW(taken_username),
		ROW(phone_wants_the_owner),
		ROW(phones_have_a_budget),
		ROW(phone_changed_meanwhile),
		ROW(bearers),
		ROW(bearer_in_time),
		ROW(bearer_role),
		ROW(last_seen),
		ROW(a_crowd_of_sessions),
		ROW(a_device_in_use_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
