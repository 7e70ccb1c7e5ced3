/* The counts of failures: who must wait how long, who is stopped, and what ends it. */
#include "domain_case.h"

#include "domain/attempts.h"

#include <pthread.h>

static const struct uuid ada = {{1}}, bob = {{2}};

struct call {
	struct guesser g;
	enum err (*run)(struct ctx *cx, struct call *c);
	int64_t count;
};

static enum err
in_store(struct ctx *cx, void *arg)
{
	struct call *c = arg;

	return c->run(cx, c);
}

static enum err
succeeded(struct ctx *cx, struct call *c)
{
	return attempt_succeeded(cx, &c->g, clock_now());
}

static enum err
note_place(struct ctx *cx, struct call *c)
{
	return attempt_note_place(cx, &c->g, clock_now());
}

static enum err
notice_due(struct ctx *cx, struct call *c)
{
	return attempt_notice_due(cx, &c->g, clock_now(), &c->count);
}

static void
run(struct domain_case *t, struct call *c, enum err (*what)(struct ctx *cx, struct call *c))
{
	c->run = what;
	must(store_write(&t->cx, in_store, c));
}

static struct call
guesser(struct domain_case *t, const struct uuid *user, const char *ip)
{
	struct call c = {0};

	from(t, ip);
	guesser_init(&t->cx, user, S("ada@example.com"), &c.g);
	return c;
}

/* One guess, which is wrong when it may be made at all. */
static enum err
wrong(struct domain_case *t, const struct uuid *user, const char *ip)
{
	struct call c = guesser(t, user, ip);

	return attempt_begin(&t->cx, &c.g);
}

static void
right(struct domain_case *t, const struct uuid *user, const char *ip)
{
	struct call c = guesser(t, user, ip);

	must(attempt_begin(&t->cx, &c.g));
	run(t, &c, succeeded);
}

/* A sign-in with all factors. */
static void
signed_in(struct domain_case *t, const struct uuid *user, const char *ip)
{
	struct call c = guesser(t, user, ip);

	right(t, user, ip);
	run(t, &c, note_place);
}

static void
refused(struct domain_case *t, const struct uuid *user, const char *ip, int64_t retry)
{
	assert_int_equal(wrong(t, user, ip), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, retry);
}

/* n wrong ones, each from an address of its own. */
static void
spread(struct domain_case *t, const struct uuid *user, int n)
{
	for (int i = 0; i < n; i++) {
		struct str ip = str_print(&t->arena, "198.51.100.%d", i);

		must(wrong(t, user, ip.p));
	}
}

static void
waits_double(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	for (int64_t wait = 1; wait < 4 * 900; wait *= 2) {
		int64_t want = wait < 900 ? wait : 900;

		refused(t, &ada, "192.0.2.1", want);
		pass(want * SECOND - 1);
		refused(t, &ada, "192.0.2.1", 1);
		pass(1);
		must(wrong(t, &ada, "192.0.2.1"));
	}
}

static void
waits_are_of_the_pair(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 6; i++)
		(void)!wrong(t, &ada, "192.0.2.1");
	refused(t, &ada, "192.0.2.1", 1);
	must(wrong(t, &ada, "192.0.2.2"));
	must(wrong(t, &bob, "192.0.2.1"));
	must(wrong(t, NULL, "192.0.2.1"));
}

static void
a_day_of_quiet(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	pass(DAY - 1);
	must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 2);
	pass(DAY);
	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 1);
}

static void
the_right_password(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 4; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	right(t, &ada, "192.0.2.1");
	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 1);
}

static void
stopped_at_100(void **state)
{
	struct domain_case *t = *state;

	spread(t, &ada, 100);
	refused(t, &ada, "192.0.2.1", 3600);
	pass(300 * DAY);
	refused(t, &ada, "192.0.2.1", 3600);
	must(wrong(t, &bob, "192.0.2.1"));
	t->config.throttle_enabled = false;
	refused(t, &ada, "192.0.2.1", 3600);
}

/* A success from anywhere but a known place takes back itself alone. */
static void
not_ended_from_elsewhere(void **state)
{
	struct domain_case *t = *state;

	spread(t, &ada, 99);
	right(t, &ada, "192.0.2.1");
	must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.2", 3600);
}

static void
unknown_identifier(void **state)
{
	struct domain_case *t = *state;

	spread(t, NULL, 100);
	refused(t, NULL, "192.0.2.1", 3600);
	pass(30 * DAY - 1);
	refused(t, NULL, "192.0.2.1", 3600);
	pass(1);
	must(wrong(t, NULL, "192.0.2.1"));
}

static void
known_place(void **state)
{
	struct domain_case *t = *state;

	signed_in(t, &ada, "192.0.2.1");
	spread(t, &ada, 100);
	refused(t, &ada, "192.0.2.2", 3600);
	must(wrong(t, &ada, "192.0.2.1"));
	right(t, &ada, "192.0.2.1");
	must(wrong(t, &ada, "192.0.2.2"));
}

static void
known_for_30_days(void **state)
{
	struct domain_case *t = *state;

	signed_in(t, &ada, "192.0.2.1");
	spread(t, &ada, 100);
	pass(30 * DAY - 1);
	must(wrong(t, &ada, "192.0.2.1"));
	pass(1);
	refused(t, &ada, "192.0.2.1", 3600);
}

static void
a_place_has_100_of_its_own(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	signed_in(t, &ada, "192.0.2.1");
	signed_in(t, &ada, "192.0.2.2");
	spread(t, &ada, 100);
	for (int i = 0; i < 100; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 3600);
	pass(DAY);
	refused(t, &ada, "192.0.2.1", 3600);
	right(t, &ada, "192.0.2.2");
	must(wrong(t, &ada, "192.0.2.1"));
}

static void
sign_in_gives_a_place_its_100_back(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	signed_in(t, &ada, "192.0.2.1");
	spread(t, &ada, 100);
	for (int i = 0; i < 99; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	right(t, &ada, "192.0.2.1");
	spread(t, &ada, 100);
	for (int i = 0; i < 100; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 3600);
}

static void
throttles_off(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	for (int i = 0; i < 100; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 3600);
}

static void
cancelled(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 20; i++) {
		struct call c = guesser(t, &ada, "192.0.2.1");

		must(attempt_begin(&t->cx, &c.g));
		attempt_cancel(&t->cx, &c.g);
	}
	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 1);
}

/* Taking one back does not free those who were counted behind it. */
static void
cancelled_late(void **state)
{
	struct domain_case *t = *state;
	struct call slow;

	for (int i = 0; i < 5; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	pass(SECOND);
	slow = guesser(t, &ada, "192.0.2.1");
	must(attempt_begin(&t->cx, &slow.g));
	pass(2 * SECOND);
	must(wrong(t, &ada, "192.0.2.1"));
	attempt_cancel(&t->cx, &slow.g);
	refused(t, &ada, "192.0.2.1", 2);
}

static void
cancelled_while_stopped(void **state)
{
	struct domain_case *t = *state;

	t->config.throttle_enabled = false;
	signed_in(t, &ada, "192.0.2.1");
	spread(t, &ada, 100);
	for (int i = 0; i < 150; i++) {
		struct call c = guesser(t, &ada, "192.0.2.1");

		must(attempt_begin(&t->cx, &c.g));
		attempt_cancel(&t->cx, &c.g);
	}
	refused(t, &ada, "192.0.2.2", 3600);
	for (int i = 0; i < 100; i++)
		must(wrong(t, &ada, "192.0.2.1"));
	refused(t, &ada, "192.0.2.1", 3600);
}

static void
notices(void **state)
{
	static const struct {
		int nth;
		int64_t later, want; /* want: what the owner is told of; 0: nothing */
	} rows[] = {
		{9, 0, 0},   {10, 0, 10}, {11, 0, 0},    {12, DAY - 1, 0},
		{13, 1, 13}, {14, 0, 0},  {100, 0, 100},
	};
	struct domain_case *t = *state;
	int made = 0;

	t->config.throttle_enabled = false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct call c = {0};

		pass(rows[i].later);
		for (; made < rows[i].nth; made++) {
			c = guesser(t, &ada, "192.0.2.1");
			must(attempt_begin(&t->cx, &c.g));
		}
		run(t, &c, notice_due);
		assert_int_equal(c.count, rows[i].want);
	}
}

static void
spellings(void **state)
{
	struct domain_case *t = *state;
	struct guesser a, b, c, d;

	guesser_init(&t->cx, NULL, S("ada@example.com"), &a);
	guesser_init(&t->cx, NULL, S("  ADA@Example.COM "), &b);
	assert_memory_equal(a.account, b.account, sizeof(a.account));
	assert_memory_equal(a.pair, b.pair, sizeof(a.pair));
	guesser_init(&t->cx, &ada, S("ada@example.com"), &c);
	guesser_init(&t->cx, &ada, S("Ada"), &d);
	assert_memory_equal(c.account, d.account, sizeof(c.account));
	assert_memory_not_equal(a.account, c.account, sizeof(a.account));
	from(t, "192.0.2.9");
	guesser_init(&t->cx, &ada, S("Ada"), &d);
	assert_memory_equal(c.account, d.account, sizeof(c.account));
	assert_memory_not_equal(c.pair, d.pair, sizeof(c.pair));
}

#define THREADS 8
#define EACH 5

static void *
guess_in_thread(void *arg)
{
	struct domain_case own = *(struct domain_case *)arg;
	intptr_t made = 0;

	arena_init(&own.arena, 1 << 20);
	own.cx.arena = &own.arena;
	own.cx.caller = &own.caller;
	for (int i = 0; i < EACH; i++)
		made += wrong(&own, &ada, "192.0.2.1") == OK;
	store_thread_end(own.cx.store);
	arena_release(&own.arena);
	return (void *)made;
}

static void
at_once(void **state)
{
	pthread_t threads[THREADS];
	intptr_t made = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, guess_in_thread, *state), 0);
	for (int i = 0; i < THREADS; i++) {
		void *own;

		pthread_join(threads[i], &own);
		made += (intptr_t)own;
	}
	assert_int_equal(made, 5);
}

struct code_call {
	struct str purpose;
	const struct uuid *user;
	bool clear;
};

static enum err
code_call(struct ctx *cx, void *arg)
{
	const struct code_call *c = arg;

	return c->clear ? code_attempts_clear(cx, c->purpose, c->user)
			: code_attempt(cx, c->purpose, c->user, clock_now());
}

static void
codes_stop_at_100(void **state)
{
	struct domain_case *t = *state;
	struct code_call c = {S("verify_email"), &ada, false};

	for (int i = 0; i < 100; i++)
		must(store_write(&t->cx, code_call, &c));
	assert_int_equal(store_write(&t->cx, code_call, &c), ERR_INVALID_CODE);
	pass(300 * DAY);
	assert_int_equal(store_write(&t->cx, code_call, &c), ERR_INVALID_CODE);
	c.purpose = S("reset_password");
	must(store_write(&t->cx, code_call, &c));
	c = (struct code_call){S("verify_email"), &bob, false};
	must(store_write(&t->cx, code_call, &c));
	c = (struct code_call){S("verify_email"), &ada, true};
	must(store_write(&t->cx, code_call, &c));
	c.clear = false;
	must(store_write(&t->cx, code_call, &c));
}

struct budget_call {
	const char *kind;
	struct str to;
};

static enum err
budget_call(struct ctx *cx, void *arg)
{
	const struct budget_call *b = arg;

	return message_budget_take(cx, b->kind, b->to, clock_now());
}

static enum err
send(struct domain_case *t, const char *kind, const char *to)
{
	struct budget_call b = {kind, str_of(to)};

	return store_write(&t->cx, budget_call, &b);
}

static void
message_budgets(void **state)
{
	struct domain_case *t = *state;

	for (int i = 0; i < 5; i++)
		must(send(t, "verification", "ada@example.com"));
	assert_int_equal(send(t, "verification", "ada@example.com"), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, 600);
	must(send(t, "verification", "bob@example.com"));
	must(send(t, "reset", "ada@example.com"));
	for (int round = 0; round < 3; round++) {
		pass(10 * MINUTE);
		for (int i = 0; i < 5; i++)
			must(send(t, "verification", "ada@example.com"));
		assert_int_equal(send(t, "verification", "ada@example.com"), ERR_THROTTLED);
	}
	pass(10 * MINUTE);
	assert_int_equal(send(t, "verification", "ada@example.com"), ERR_THROTTLED);
	assert_int_equal(t->cx.fault.retry_after, (DAY - 40 * MINUTE) / SECOND);
	pass(DAY - 40 * MINUTE);
	must(send(t, "verification", "ada@example.com"));
	t->config.throttle_enabled = false;
	for (int i = 0; i < 30; i++)
		must(send(t, "verification", "ada@example.com"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(waits_double),
		ROW(waits_are_of_the_pair),
		ROW(a_day_of_quiet),
		ROW(the_right_password),
		ROW(stopped_at_100),
		ROW(not_ended_from_elsewhere),
		ROW(unknown_identifier),
		ROW(known_place),
		ROW(known_for_30_days),
		ROW(a_place_has_100_of_its_own),
		ROW(sign_in_gives_a_place_its_100_back),
		ROW(throttles_off),
		ROW(cancelled),
		ROW(cancelled_late),
		ROW(cancelled_while_stopped),
		ROW(notices),
		ROW(spellings),
		ROW(at_once),
		ROW(codes_stop_at_100),
		ROW(message_budgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
