/* Rates, gates and last-seen times: what the use cases share in memory. */
#include "domain_case.h"

#include "domain/signin.h"
#include "domain/throttle.h"

#include <pthread.h>

static const uint8_t key[16] = {1}, other_key[16] = {2};

static int64_t
taken(struct domain_case *t, const uint8_t k[static 16], int64_t *left)
{
	int64_t wait;

	rate_take(t->cx.shared, k, 10, MINUTE, &wait, left);
	return wait;
}

static void
test_burst(void **state)
{
	struct domain_case *t = *state;
	int64_t left;

	for (int64_t i = 1; i <= 10; i++) {
		assert_int_equal(taken(t, key, &left), 0);
		assert_int_equal(left, 10 - i);
	}
	assert_int_equal(taken(t, key, &left), 6 * SECOND);
	assert_int_equal(left, 0);
	assert_int_equal(taken(t, key, &left), 6 * SECOND);
	assert_int_equal(taken(t, other_key, &left), 0);
	pass(6 * SECOND - 1);
	assert_int_equal(taken(t, key, &left), 1);
	pass(1);
	assert_int_equal(taken(t, key, &left), 0);
	assert_int_equal(taken(t, key, &left), 6 * SECOND);
	pass(MINUTE);
	assert_int_equal(taken(t, key, &left), 0);
	assert_int_equal(left, 9);
}

static void
test_throttle(void **state)
{
	struct domain_case *t = *state;
	const struct throttle_row *row = throttle_row(THROTTLE_LOGIN);
	struct throttle_state left;

	for (int64_t i = 1; i <= row->burst; i++) {
		must(throttle_take(&t->cx, THROTTLE_LOGIN, S("192.0.2.1"), &left));
		assert_int_equal(left.left, row->burst - i);
		assert_true(left.reset >= 1 && left.reset <= row->window / SECOND);
	}
	assert_int_equal(left.reset, row->window / SECOND);
	assert_int_equal(throttle_take(&t->cx, THROTTLE_LOGIN, S("192.0.2.1"), &left),
			 ERR_THROTTLED);
	assert_int_equal(left.left, 0);
	assert_true(t->cx.fault.retry_after >= 1);
	must(throttle_take(&t->cx, THROTTLE_LOGIN, S("192.0.2.2"), &left));
	must(throttle_take(&t->cx, THROTTLE_REFRESH, S("192.0.2.1"), &left));
	pass(t->cx.fault.retry_after * SECOND);
	must(throttle_take(&t->cx, THROTTLE_LOGIN, S("192.0.2.1"), &left));
}

static void
test_rows(void **state)
{
	for (int i = 0; i < THROTTLE_NONE; i++) {
		const struct throttle_row *row = throttle_row((enum throttle_scope)i);

		assert_non_null(row->name);
		assert_true(row->burst > 0 && row->window >= SECOND);
		assert_int_equal(row->window % row->burst, 0);
	}
}

#define THREADS 12
#define ROUNDS 40

struct crowd {
	struct domain_case *t;
	_Atomic int inside, most, refused;
};

static void *
press(void *arg)
{
	struct crowd *c = arg;
	struct arena a;
	struct ctx cx = c->t->cx;

	arena_init(&a, 1 << 20);
	cx.arena = &a;
	for (int i = 0; i < ROUNDS; i++) {
		int now, most = atomic_load(&c->most);

		if (gate_enter(&cx, GATE_PAPERS) != OK) {
			atomic_fetch_add(&c->refused, 1);
			continue;
		}
		now = atomic_fetch_add(&c->inside, 1) + 1;
		while (now > most && !atomic_compare_exchange_weak(&c->most, &most, now))
			continue;
		usleep(100);
		atomic_fetch_sub(&c->inside, 1);
		gate_leave(cx.shared, GATE_PAPERS);
	}
	arena_release(&a);
	return NULL;
}

static void
test_gate(void **state)
{
	struct crowd c = {.t = *state};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, press, &c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(c.inside, 0);
	assert_int_equal(c.refused, 0);
	assert_true(c.most >= 2 && c.most <= GATE_WIDTH);
}

/* Uploads in their gates, and those who wait there, are in no sign-in's way. */
static void
test_gates_apart(void **state)
{
	struct domain_case *t = *state;
	uint8_t pair[32] = {0};

	t->config.password_hash_queue = 0;
	for (int i = 0; i < GATE_WIDTH; i++) {
		must(gate_enter(&t->cx, GATE_PAPERS));
		must(gate_enter(&t->cx, GATE_JSON_UPLOADS));
	}
	assert_int_equal(gate_enter(&t->cx, GATE_PAPERS), ERR_OVERLOADED);
	for (int i = 0; i < 256; i++) {
		pair[0] = (uint8_t)i;
		must(gate_enter(&t->cx, gate_of(pair)));
	}
	for (int i = 1; i < GATE_WIDTH; i++)
		must(gate_enter(&t->cx, gate_of(pair)));
	assert_int_equal(gate_enter(&t->cx, gate_of(pair)), ERR_OVERLOADED);
}

static void
test_exports(void **state)
{
	struct domain_case *t = *state;
	struct export_place *places[EXPORTS_MOST], *p;
	struct uuid users[EXPORTS_MOST + 1];

	for (int i = 0; i <= EXPORTS_MOST; i++)
		must(uuid_new(&users[i]));
	for (int i = 0; i < EXPORTS_MOST; i++) {
		must(export_begin(&t->cx, &users[i], &places[i]));
		assert_int_equal(export_begin(&t->cx, &users[0], &p), ERR_THROTTLED);
	}
	assert_int_equal(export_begin(&t->cx, &users[EXPORTS_MOST], &p), ERR_OVERLOADED);
	export_end(places[1]);
	must(export_begin(&t->cx, &users[EXPORTS_MOST], &p));
	export_end(places[0]);
	must(export_begin(&t->cx, &users[0], &p));
}

/* More than one batch, and sessions that are gone by the time of the flush. */
static void
test_touch(void **state)
{
	struct domain_case *t = *state;
	struct sign_in a = signed_up(t, "a@example.com", NULL);
	struct session s;

	for (int i = 0; i < 600; i++) {
		struct uuid gone;

		must(uuid_new(&gone));
		touch_note(t->cx.shared, &gone, START);
	}
	touch_note(t->cx.shared, &a.tokens.session_id, START + HOUR);
	must(touch_flush(&t->cx));
	must(session_by_id(&t->cx, &a.tokens.session_id, &s));
	assert_int_equal(s.last_seen_at, START + HOUR);
	must(touch_flush(&t->cx));
}

#define MANY 4000
#define GOLDEN_RATIO 0x9E3779B97F4A7C15u /* its multiples spread evenly over 64 bits */

/* Ids that begin with their time and end in what is even, not left to chance. */
static enum err
many_in(struct ctx *cx, void *arg)
{
	struct session s = *(struct session *)arg;

	for (uint64_t i = 0; i < MANY; i++) {
		uint64_t end = i * GOLDEN_RATIO;

		TRY(uuid_new(&s.id));
		memcpy(s.id.b + 8, &end, sizeof(end));
		TRY(session_insert(cx, &s));
		touch_note(cx->shared, &s.id, START + HOUR);
	}
	return OK;
}

/* Sessions that were begun at one time don't push each other out. */
static void
test_touch_many(void **state)
{
	struct domain_case *t = *state;
	struct sign_in a = signed_up(t, "a@example.com", NULL);
	struct session s;
	int64_t told;

	must(session_by_id(&t->cx, &a.tokens.session_id, &s));
	must(store_write(&t->cx, many_in, &s));
	must(touch_flush(&t->cx));
	told = case_count(t, "select count(*) from sessions where last_seen_at = 1700003600000000");
	assert_int_equal(told, MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_burst), ROW(test_throttle),    cmocka_unit_test(test_rows),
		ROW(test_gate),  ROW(test_gates_apart), ROW(test_exports),
		ROW(test_touch), ROW(test_touch_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
