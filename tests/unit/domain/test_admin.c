/* What an administrator does to an account: what it ends, what it leaves written down, and who must
 * be left. */
#include "domain_case.h"

#include "domain/admin.h"
#include "domain/attempts.h"
#include "domain/standing.h"
#include "domain/verify.h"
#include "store/challenge.h"
#include "store/outbox.h"

#include <pthread.h>

static enum err
send_verification(struct ctx *cx, void *arg)
{
	return verification_send(cx, arg, clock_now());
}

static void
open_challenge(struct domain_case *t, struct user *u)
{
	assert_int_equal(store_write(&t->cx, send_verification, u), OK);
	assert_int_equal(case_count(t, "select count(*) from challenges where replaced_at is null"),
			 1);
}

/* A signed-in user with a challenge open: after the act both are over. */
static void
access_ended(struct domain_case *t, const struct session *s, const char *why)
{
	struct session got;

	assert_int_equal(session_by_id(&t->cx, &s->id, &got), OK);
	assert_int_equal(got.revoked_at, case_now);
	assert_str(got.revoked_why, str_of(why));
	assert_int_equal(case_count(t, "select count(*) from challenges where replaced_at is null"),
			 0);
}

static void
locking(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;
	struct admin_lock_in in = {.user = u.id, .reason = S("a \"test\""), .until = START + HOUR};
	struct caller who = {0};
	struct str access;
	struct session s = case_sign_in(t, &u, &access);

	open_challenge(t, &u);
	assert_int_equal(bearer_check(&t->cx, access, &who), OK);
	assert_int_equal(admin_lock(&t->cx, &in, &got), OK);
	assert_int_equal(got.locked_at, START);
	assert_int_equal(bearer_check(&t->cx, access, &who), ERR_TOKEN);
	access_ended(t, &s, "locked");
	assert_int_equal(user_by_id(&t->cx, &u.id, &got), OK);
	assert_int_equal(standing_of(&got, case_now), ERR_ACCOUNT_LOCKED);
	assert_int_equal(standing_of(&got, START + HOUR), OK);
	assert_str(got.lock_reason, in.reason);
	assert_int_equal(
		case_count(t, "select count(*) from audit_events where action = 'user_locked' and "
			      "detail = '{\"reason\":\"a \\\"test\\\"\",\"until\":"
			      "\"2023-11-14T23:13:20Z\"}'"),
		1);
}

static void
unlocking(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;
	struct admin_lock_in in = {.user = u.id, .reason = S("x")};
	struct admin_unlock_in un = {.user = u.id, .reason = S("all is well")};
	struct guesser g;

	guesser_init(&t->cx, &u.id, STR_NONE, &g);
	assert_int_equal(attempt_begin(&t->cx, &g), OK);
	assert_int_equal(admin_lock(&t->cx, &in, &got), OK);
	assert_int_equal(admin_unlock(&t->cx, &un, &got), OK);
	assert_int_equal(user_by_id(&t->cx, &u.id, &got), OK);
	assert_int_equal(got.locked_at, 0);
	assert_true(str_absent(got.lock_reason));
	assert_int_equal(case_count(t, "select count(*) from counts where kind = "
				       "'password_account'"),
			 0);
	assert_int_equal(admin_unlock(&t->cx, &un, &got), OK);
	assert_int_equal(
		case_count(t, "select count(*) from audit_events where action = 'user_unlocked' "
			      "and detail = '{\"reason\":\"all is well\"}'"),
		1);
}

static const struct {
	const char *name, *reason;
	int64_t until;
	const char *field;
} bad_locks[] = {
	{"no reason", NULL, 0, "reason"},  {"an empty one", "", 0, "reason"},
	{"spaces", "  ", 0, "reason"},     {"a line break", "a\nb", 0, "reason"},
	{"no UTF-8", "\xff", 0, "reason"}, {"a time that has passed", "x", START, "until"},
};

static void
bad_locks_refused(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);

	for (size_t i = 0; i < ARRAY_LEN(bad_locks); i++) {
		struct admin_lock_in in = {
			.user = u.id,
			.reason = str_of(bad_locks[i].reason),
			.until = bad_locks[i].until,
		};

		print_message("%s\n", bad_locks[i].name);
		assert_int_equal(admin_lock(&t->cx, &in, &u), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, str_of(bad_locks[i].field));
		fault_clear(&t->cx);
	}
	assert_int_equal(case_count(t, "select count(*) from users where locked_at is not null"),
			 0);
}

static void
nobody_there(void **state)
{
	struct domain_case *t = *state;
	struct uuid id = {{7}};
	struct admin_lock_in lock = {.user = id, .reason = S("x")};
	struct admin_unlock_in unlock = {.user = id};
	struct admin_set_role_in role = {.user = id, .role = S("SELLER")};
	struct admin_set_password_in password = {id, secret_of(S("another-Horse-1"))};
	struct user u;

	assert_int_equal(admin_lock(&t->cx, &lock, &u), ERR_NOT_FOUND);
	assert_int_equal(admin_unlock(&t->cx, &unlock, &u), ERR_NOT_FOUND);
	assert_int_equal(admin_set_role(&t->cx, &role, &u), ERR_NOT_FOUND);
	assert_int_equal(admin_set_password(&t->cx, &password, &u), ERR_NOT_FOUND);
}

static void
roles(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;
	struct admin_set_role_in in = {.user = u.id, .role = S("seller"), .reason = S("asked")};
	struct caller who = {0};
	struct str access;

	(void)case_sign_in(t, &u, &access);
	assert_int_equal(admin_set_role(&t->cx, &in, &got), OK);
	assert_str(got.role, S("SELLER"));
	assert_int_equal(admin_set_role(&t->cx, &in, &got), OK);
	assert_int_equal(bearer_check(&t->cx, access, &who), OK);
	assert_str(who.user.role, S("SELLER"));
	assert_int_equal(
		case_count(t, "select count(*) from audit_events where action = 'role_changed' and "
			      "detail = '{\"from\":\"CUSTOMER\",\"to\":\"SELLER\",\"reason\":"
			      "\"asked\"}'"),
		1);
	in.role = S("KING");
	assert_int_equal(admin_set_role(&t->cx, &in, &got), ERR_INVALID);
	assert_str(t->cx.fault.fields->field, S("role"));
}

static enum err
demote(struct domain_case *t, const struct user *u)
{
	struct admin_set_role_in in = {.user = u->id, .role = S("CUSTOMER")};
	struct user got;

	return admin_set_role(&t->cx, &in, &got);
}

static enum err
lock_until(struct domain_case *t, const struct user *u, int64_t until)
{
	struct admin_lock_in in = {.user = u->id, .reason = S("x"), .until = until};
	struct user got;

	return admin_lock(&t->cx, &in, &got);
}

static void
last_admin(void **state)
{
	struct domain_case *t = *state;
	struct user a = case_user(t, S("a@example.com"), S("ADMIN"), true), b;

	(void)case_user(t, S("c@example.com"), S("SELLER"), true);
	assert_int_equal(demote(t, &a), ERR_LAST_ADMIN);
	assert_int_equal(lock_until(t, &a, 0), ERR_LAST_ADMIN);
	assert_int_equal(lock_until(t, &a, case_now + HOUR), ERR_LAST_ADMIN);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action <> "
				       "'user_created'"),
			 0);
	b = case_user(t, S("b@example.com"), S("ADMIN"), false);
	assert_int_equal(lock_until(t, &b, case_now + HOUR), OK);
	assert_int_equal(demote(t, &a), ERR_LAST_ADMIN);
	assert_int_equal(lock_until(t, &b, case_now + 2 * HOUR), OK);
	case_now += 3 * HOUR;
	assert_int_equal(demote(t, &a), OK);
	assert_int_equal(demote(t, &b), ERR_LAST_ADMIN);
}

struct demotion {
	struct domain_case *t;
	struct user user;
	pthread_t thread;
	enum err result;
};

static void *
demote_in_thread(void *arg)
{
	struct demotion *d = arg;
	struct domain_case own = *d->t;

	arena_init(&own.arena, 1 << 20);
	own.cx.arena = &own.arena;
	d->result = demote(&own, &d->user);
	store_thread_end(own.cx.store);
	arena_release(&own.arena);
	return NULL;
}

static void
all_at_once(void **state)
{
	struct domain_case *t = *state;
	struct demotion d[8];
	size_t refused = 0;

	for (size_t i = 0; i < ARRAY_LEN(d); i++) {
		struct str email = str_print(&t->arena, "a%zu@example.com", i);

		d[i] = (struct demotion){.t = t, .user = case_user(t, email, S("ADMIN"), true)};
	}
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		assert_int_equal(pthread_create(&d[i].thread, NULL, demote_in_thread, &d[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(d); i++) {
		pthread_join(d[i].thread, NULL);
		refused += d[i].result == ERR_LAST_ADMIN;
		assert_true(d[i].result == OK || d[i].result == ERR_LAST_ADMIN);
	}
	assert_int_equal(refused, 1);
	assert_int_equal(case_count(t, "select count(*) from users where role = 'ADMIN'"), 1);
}

static void
passwords(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;
	struct admin_set_password_in in = {u.id, secret_of(S("another-Horse-1"))};
	int64_t rows, oldest;
	struct str access;
	struct session s = case_sign_in(t, &u, &access);
	bool ok, stale;

	open_challenge(t, &u);
	assert_int_equal(outbox_depth(&t->cx, &rows, &oldest), OK);
	assert_int_equal(rows, 1);
	assert_int_equal(admin_set_password(&t->cx, &in, &got), OK);
	access_ended(t, &s, "password_set");
	assert_int_equal(user_by_id(&t->cx, &u.id, &got), OK);
	assert_int_equal(password_verify(&t->cx, got.password, in.password, &ok, &stale), OK);
	assert_true(ok);
	assert_int_equal(outbox_depth(&t->cx, &rows, &oldest), OK);
	assert_int_equal(rows, 2);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'password_set' and detail is null"),
			 1);
}

/* No notice to an address that nobody has proven. */
static void
password_of_the_unproven(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, false), got;
	struct admin_set_password_in in = {u.id, secret_of(S("another-Horse-1"))};
	int64_t rows, oldest;

	assert_int_equal(admin_set_password(&t->cx, &in, &got), OK);
	assert_int_equal(outbox_depth(&t->cx, &rows, &oldest), OK);
	assert_int_equal(rows, 0);
}

static const char *const bad_passwords[] = {"short", "ada@example.com", "12345678",
					    "\xff\xff\xff\xff"};

static void
policy_holds(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true), got;

	for (size_t i = 0; i < ARRAY_LEN(bad_passwords); i++) {
		struct admin_set_password_in in = {u.id, secret_of(str_of(bad_passwords[i]))};

		print_message("%s\n", bad_passwords[i]);
		assert_int_equal(admin_set_password(&t->cx, &in, &got), ERR_INVALID);
		assert_str(t->cx.fault.fields->field, S("password"));
		fault_clear(&t->cx);
	}
	assert_int_equal(user_by_id(&t->cx, &u.id, &got), OK);
	assert_str(got.password, u.password);
}

/* Whoever signed up with an address that is not theirs gets no power by it. */
static void
no_power_for_the_unproven(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, false), got;
	struct admin_set_role_in in = {.user = u.id, .role = S("ADMIN")};

	assert_int_equal(admin_set_role(&t->cx, &in, &got), ERR_EMAIL_NOT_VERIFIED);
	in.role = S("KYC_REVIEWER");
	assert_int_equal(admin_set_role(&t->cx, &in, &got), ERR_EMAIL_NOT_VERIFIED);
	in.role = S("SELLER");
	must(admin_set_role(&t->cx, &in, &got));
}

/* A stolen token is not enough to take one's own factor off. */
static void
own_factor(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), S("ADMIN"), true);
	struct user other = case_user(t, S("bob@example.com"), STR_NONE, true);
	struct admin_act_in in = {.user = u.id};
	struct nothing out;
	struct str access;

	case_sign_in(t, &u, &access);
	as(t, access);
	assert_int_equal(admin_reset_mfa(&t->cx, &in, &out), ERR_REAUTHENTICATION);
	in.user = other.id;
	must(admin_reset_mfa(&t->cx, &in, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(locking),
		ROW(unlocking),
		ROW(bad_locks_refused),
		ROW(nobody_there),
		ROW(roles),
		ROW(last_admin),
		ROW(all_at_once),
		ROW(passwords),
		ROW(policy_holds),
		ROW(password_of_the_unproven),
		ROW(no_power_for_the_unproven),
		ROW(own_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
