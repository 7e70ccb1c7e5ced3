/*
 * PostgreSQL on good and bad days: connections that break or stall, answers that are lost,
 * transactions that lose against others. A caller waits seconds at most and is never told OK for
 * what was not committed.
 */
#include "store_case.h"

#include "pg_proxy.h"
#include "store/db_pool.h"
#include "store/key.h"

#include <semaphore.h>

#define STALL_MOST (15 * SECOND) /* twice and more what is waited for a database */

struct pg_test {
	struct proxy proxy;
	struct store_case s;
};

static int
make(void **state)
{
	struct pg_test *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	proxy_start(&t->proxy, getenv("ALDGATE_TEST_DATABASE_URL"));
	place_make_on(&t->s.place, t->proxy.url);
	if (place_open(&t->s.place, STORE_MIGRATE, &t->s.store) != OK)
		fail_msg("%s", t->s.place.said);
	cx_make(&t->s.c, t->s.store);
	*state = t;
	return 0;
}

static int
end(void **state)
{
	struct pg_test *t = *state;

	cx_end(&t->s.c);
	store_close(t->s.store);
	place_remove(&t->s.place);
	proxy_end(&t->proxy);
	free(t);
	return 0;
}

static enum err
put(struct ctx *cx, void *arg)
{
	return fact_set(cx, str_of(arg), S("value"));
}

static enum err
put_named(struct ctx *cx, void *arg)
{
	return fact_set(cx, *(struct str *)arg, S("value"));
}

static enum err
write_fact(struct ctx *cx, const char *name)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%s", name);
	return store_write(cx, put, copy);
}

static bool
has_fact(struct ctx *cx, const char *name)
{
	struct str value;

	return fact_get(cx, str_of(name), &value) == OK && str_eq(value, S("value"));
}

/* Ends the store's connections on the server, but the one that asks. */
static void
kill_backends(struct pg_test *t)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "select pg_terminate_backend(pid, 15000) from pg_stat_activity"
		 " where application_name = '%s' and pid <> pg_backend_pid()",
		 proxy_name(&t->proxy));
	pg_case_tell(getenv("ALDGATE_TEST_DATABASE_URL"), sql);
}

static void
idle_connections_may_break(void **state)
{
	struct pg_test *t = *state;
	struct ctx *cx = &t->s.c.cx;

	assert_int_equal(write_fact(cx, "a"), OK);
	proxy_cut(&t->proxy);
	assert_true(has_fact(cx, "a"));
	proxy_cut(&t->proxy);
	assert_int_equal(write_fact(cx, "b"), OK);
	kill_backends(t);
	assert_true(has_fact(cx, "b"));
	kill_backends(t);
	assert_int_equal(write_fact(cx, "c"), OK);
}

struct kill {
	struct pg_test *t;
	int most, runs;
};

static enum err
killed_in_between(struct ctx *cx, void *arg)
{
	struct kill *k = arg;

	TRY(fact_set(cx, S("before"), S("value")));
	if (k->runs++ < k->most)
		kill_backends(k->t);
	return fact_set(cx, S("after"), S("value"));
}

static void
broken_transaction_is_run_once_more(void **state)
{
	struct pg_test *t = *state;
	struct kill once = {t, 1, 0}, ever = {t, 9, 0};

	assert_int_equal(store_write(&t->s.c.cx, killed_in_between, &once), OK);
	assert_int_equal(once.runs, 2);
	assert_true(has_fact(&t->s.c.cx, "after"));
	assert_int_equal(store_write(&t->s.c.cx, killed_in_between, &ever), ERR_UNAVAILABLE);
	assert_int_equal(ever.runs, 2);
	assert_int_equal(t->s.c.cx.fault.retry_after, 1);
}

static void
lost_answer_to_commit_is_no_success(void **state)
{
	struct pg_test *t = *state;
	struct ctx *cx = &t->s.c.cx;
	struct kill none = {t, 0, 0};

	t->proxy.mode = PROXY_LOSE_COMMIT;
	assert_int_equal(store_write(cx, killed_in_between, &none), ERR_UNAVAILABLE);
	assert_int_equal(none.runs, 1);
	assert_true(has_fact(cx, "after"));
	assert_int_equal(write_fact(cx, "next"), OK);
}

static void
away_is_told_at_once(void **state)
{
	struct pg_test *t = *state;
	struct ctx *cx = &t->s.c.cx;
	struct str value;
	int64_t start = clock_mono();
	int i;

	t->proxy.mode = PROXY_CUT;
	for (i = 0; i < 20; i++) {
		fault_clear(cx);
		assert_int_equal(fact_get(cx, S("a"), &value), ERR_UNAVAILABLE);
		assert_int_equal(cx->fault.retry_after, 1);
		assert_int_equal(write_fact(cx, "a"), ERR_UNAVAILABLE);
		assert_int_equal(store_ping(cx), ERR_UNAVAILABLE);
	}
	assert_true(clock_mono() - start < 15 * SECOND);
	t->proxy.mode = PROXY_PASS;
	usleep(200000);
	assert_int_equal(store_ping(cx), OK);
	assert_int_equal(write_fact(cx, "a"), OK);
}

struct hand {
	pthread_t thread;
	struct store *store;
	store_fn fn;
	void *arg;
	bool reads;
	enum err got;
	int64_t took;
};

static void *
work(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;
	struct str value;
	int64_t start = clock_mono();

	cx_make(&c, h->store);
	h->got = h->reads ? fact_get(&c.cx, S("a"), &value) : store_write(&c.cx, h->fn, h->arg);
	h->took = clock_mono() - start;
	cx_end(&c);
	return NULL;
}

static void
start(struct hand *h)
{
	assert_int_equal(pthread_create(&h->thread, NULL, work, h), 0);
}

static void
stalled_server_holds_nobody_for_long(void **state)
{
	struct pg_test *t = *state;
	struct ctx *cx = &t->s.c.cx;
	struct hand hands[DB_POOL_MOST + 4];
	char name[] = "b";
	size_t i;

	assert_int_equal(write_fact(cx, "a"), OK);
	t->proxy.mode = PROXY_STALL;
	for (i = 0; i < ARRAY_LEN(hands); i++) {
		hands[i] =
			(struct hand){.store = t->s.store, .fn = put, .arg = name, .reads = i % 2};
		start(&hands[i]);
	}
	for (i = 0; i < ARRAY_LEN(hands); i++) {
		pthread_join(hands[i].thread, NULL);
		assert_int_equal(hands[i].got, ERR_UNAVAILABLE);
		assert_true(hands[i].took < STALL_MOST);
	}
	t->proxy.mode = PROXY_PASS;
	usleep(200000);
	assert_true(has_fact(cx, "a"));
	assert_int_equal(write_fact(cx, "c"), OK);
}

/* Two that meet half way, on their first run only. */
struct meeting {
	pthread_barrier_t *barrier;
	const char *first, *second;
	int runs;
};

static enum err
lock_both(struct ctx *cx, void *arg)
{
	struct meeting *m = arg;

	TRY(fact_set(cx, str_of(m->first), str_of(m->first)));
	if (m->runs++ == 0)
		pthread_barrier_wait(m->barrier);
	return fact_set(cx, str_of(m->second), str_of(m->first));
}

/* At least one is to stay, and each of the two sees that there is another. */
static enum err
leave_if_another_stays(struct ctx *cx, void *arg)
{
	struct meeting *m = arg;
	struct str mine, other;

	TRY(fact_get(cx, str_of(m->first), &mine));
	TRY(fact_get(cx, str_of(m->second), &other));
	if (m->runs++ == 0)
		pthread_barrier_wait(m->barrier);
	if (!str_eq(other, S("here")))
		return ERR_CREDENTIALS;
	return fact_set(cx, str_of(m->first), S("gone"));
}

static enum err
put_both(struct ctx *cx, void *arg UNUSED)
{
	TRY(fact_set(cx, S("a"), S("here")));
	return fact_set(cx, S("b"), S("here"));
}

static void
meet(struct pg_test *t, store_fn fn, struct hand hands[static 2])
{
	struct meeting meetings[2] = {{.first = "a", .second = "b"}, {.first = "b", .second = "a"}};
	pthread_barrier_t barrier;
	int i;

	assert_int_equal(store_write(&t->s.c.cx, put_both, NULL), OK);
	pthread_barrier_init(&barrier, NULL, 2);
	for (i = 0; i < 2; i++) {
		meetings[i].barrier = &barrier;
		hands[i] = (struct hand){.store = t->s.store, .fn = fn, .arg = &meetings[i]};
		start(&hands[i]);
	}
	for (i = 0; i < 2; i++)
		pthread_join(hands[i].thread, NULL);
	assert_true(meetings[0].runs + meetings[1].runs > 2);
	pthread_barrier_destroy(&barrier);
}

static void
deadlock_is_run_again(void **state)
{
	struct hand hands[2];

	meet(*state, lock_both, hands);
	assert_int_equal(hands[0].got, OK);
	assert_int_equal(hands[1].got, OK);
}

static void
decisions_hold_against_each_other(void **state)
{
	struct hand hands[2];

	meet(*state, leave_if_another_stays, hands);
	assert_int_equal(hands[0].got + hands[1].got, OK + ERR_CREDENTIALS);
}

#define MEETINGS 40

/* Reads and writes the row that all others read and write. */
static enum err
count_one(struct ctx *cx, void *arg UNUSED)
{
	struct str value;
	int64_t n = 0;

	if (fact_get(cx, S("a"), &value) == OK)
		(void)str_int(value, &n);
	return fact_set(cx, S("a"), str_print(cx->arena, "%d", (int)n + 1));
}

static void *
count_many(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;

	cx_make(&c, h->store);
	for (int i = 0; i < MEETINGS && h->got == OK; i++)
		h->got = store_write(&c.cx, count_one, NULL);
	cx_end(&c);
	return NULL;
}

static void
all_who_meet_at_one_row_get_through(void **state)
{
	struct pg_test *t = *state;
	struct hand hands[DB_POOL_MOST];
	struct str value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(hands); i++) {
		hands[i] = (struct hand){.store = t->s.store, .got = OK};
		assert_int_equal(pthread_create(&hands[i].thread, NULL, count_many, &hands[i]), 0);
	}
	for (i = 0; i < ARRAY_LEN(hands); i++) {
		pthread_join(hands[i].thread, NULL);
		assert_int_equal(hands[i].got, OK);
	}
	assert_int_equal(fact_get(&t->s.c.cx, S("a"), &value), OK);
	assert_true(str_eq(value, S("640"))); /* DB_POOL_MOST * MEETINGS */
}

struct room {
	sem_t entered, leave;
};

static enum err
stay(struct ctx *cx, void *arg)
{
	struct room *room = arg;
	struct str value;
	enum err e = fact_get(cx, S("none"), &value);

	sem_post(&room->entered);
	sem_wait(&room->leave);
	return e;
}

static void
connections_are_few_and_waited_for_shortly(void **state)
{
	struct pg_test *t = *state;
	struct hand hands[DB_POOL_MOST];
	char sql[256], count[16];
	int64_t before;
	struct room room;
	size_t i;

	sem_init(&room.entered, 0, 0);
	sem_init(&room.leave, 0, 0);
	for (i = 0; i < ARRAY_LEN(hands); i++) {
		hands[i] = (struct hand){.store = t->s.store, .fn = stay, .arg = &room};
		start(&hands[i]);
	}
	for (i = 0; i < ARRAY_LEN(hands); i++)
		sem_wait(&room.entered);
	before = clock_mono();
	assert_int_equal(write_fact(&t->s.c.cx, "a"), ERR_UNAVAILABLE);
	assert_in_range(clock_mono() - before, SECOND, STALL_MOST);
	snprintf(sql, sizeof(sql),
		 "select count(*)::text from pg_stat_activity where application_name = '%s'",
		 proxy_name(&t->proxy));
	pg_case_ask(getenv("ALDGATE_TEST_DATABASE_URL"), sql, count, sizeof(count));
	assert_int_equal(strtol(count, NULL, 10), DB_POOL_MOST);
	for (i = 0; i < ARRAY_LEN(hands); i++)
		sem_post(&room.leave);
	for (i = 0; i < ARRAY_LEN(hands); i++) {
		pthread_join(hands[i].thread, NULL);
		assert_int_equal(hands[i].got, ERR_NOT_FOUND);
	}
	assert_int_equal(write_fact(&t->s.c.cx, "a"), OK);
	sem_destroy(&room.entered);
	sem_destroy(&room.leave);
}

static enum err
sleep_long(struct ctx *cx, void *arg UNUSED)
{
	enum err e = cx->db->driver->exec(cx->db, "select pg_sleep(20)");

	cx->db->failure = e;
	return e;
}

static void
long_statement_is_given_up(void **state)
{
	struct pg_test *t = *state;
	int64_t before = clock_mono();

	assert_int_equal(store_write(&t->s.c.cx, sleep_long, NULL), ERR_UNAVAILABLE);
	assert_true(clock_mono() - before < STALL_MOST);
	assert_int_equal(write_fact(&t->s.c.cx, "a"), OK);
}

static void
broken_link_has_no_code(void **state UNUSED)
{
	struct pg_link l = {.db.deadline = clock_mono() + 20 * SECOND};
	PGresult *result;

	assert_int_equal(pg_link_connect(&l, getenv("ALDGATE_TEST_DATABASE_URL"), "select 1"), OK);
	result = pg_link_tell(&l, "select 1/0");
	assert_int_equal(pg_link_judge(&l, result), ERR_INTERNAL);
	assert_string_equal(l.code, "22012");
	l.pq->clear(result);
	shutdown(l.pq->socket(l.conn), SHUT_RDWR);
	result = pg_link_tell(&l, "select 1");
	assert_int_equal(pg_link_judge(&l, result), ERR_UNAVAILABLE);
	assert_string_equal(l.code, "");
	l.pq->clear(result);
	pg_link_close(&l);
}

static enum err
forget_statements(struct ctx *cx, void *arg)
{
	int *runs = arg;

	TRY(put(cx, (char[]){"a"}));
	if ((*runs)++ == 0)
		TRY(cx->db->driver->exec(cx->db, "deallocate all"));
	return put(cx, (char[]){"b"});
}

static void
forgotten_statements_are_prepared_again(void **state)
{
	struct pg_test *t = *state;
	int runs = 0;

	assert_int_equal(store_write(&t->s.c.cx, forget_statements, &runs), OK);
	assert_int_equal(runs, 2);
	assert_true(has_fact(&t->s.c.cx, "b"));
}

/* A statement past the layer that remembers what failed. */
static enum err
fail_unseen(struct ctx *cx, void *arg)
{
	TRY(put(cx, arg));
	return err_map(cx->db->driver->exec(cx->db, "select 1/0"), ERR_INTERNAL, OK);
}

static void
commit_that_rolls_back_is_no_success(void **state)
{
	struct pg_test *t = *state;

	assert_int_equal(store_write(&t->s.c.cx, fail_unseen, (char[]){"a"}), ERR_INTERNAL);
	assert_false(has_fact(&t->s.c.cx, "a"));
}

static enum err
refuse_after_nothing(struct ctx *cx UNUSED, void *arg)
{
	return *(enum err *)arg;
}

static void
transactions_without_statements_end_well(void **state)
{
	struct pg_test *t = *state;
	enum err results[] = {OK, ERR_CREDENTIALS, OK};

	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		assert_int_equal(store_write(&t->s.c.cx, refuse_after_nothing, &results[i]),
				 results[i]);
	assert_int_equal(write_fact(&t->s.c.cx, "a"), OK);
}

static void
text_that_is_none_is_mended(void **state)
{
	static const struct {
		struct str name, mended;
	} rows[] = {
		{{"a\xff\xfez", 4}, {"a\xef\xbf\xbd\xef\xbf\xbdz", 8}},
		{{"a\0z", 3}, {"a\xef\xbf\xbdz", 5}},
		{{"\xc3", 1}, {"\xef\xbf\xbd", 3}},
		{{"gr\xc3\xbc\xc3\x9f", 6}, {"gr\xc3\xbc\xc3\x9f", 6}},
	};
	struct pg_test *t = *state;
	struct ctx *cx = &t->s.c.cx;
	struct str value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct str name = rows[i].name;

		assert_int_equal(fact_get(cx, name, &value), ERR_NOT_FOUND);
		assert_int_equal(store_write(cx, put_named, &name), OK);
		assert_int_equal(fact_get(cx, rows[i].mended, &value), OK);
		assert_int_equal(fact_get(cx, name, &value), OK);
	}
}

#define PG_ROW(test) cmocka_unit_test_setup_teardown(test, make, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PG_ROW(idle_connections_may_break),
		PG_ROW(broken_transaction_is_run_once_more),
		PG_ROW(lost_answer_to_commit_is_no_success),
		PG_ROW(away_is_told_at_once),
		PG_ROW(stalled_server_holds_nobody_for_long),
		PG_ROW(deadlock_is_run_again),
		PG_ROW(decisions_hold_against_each_other),
		PG_ROW(all_who_meet_at_one_row_get_through),
		PG_ROW(connections_are_few_and_waited_for_shortly),
		PG_ROW(long_statement_is_given_up),
		PG_ROW(broken_link_has_no_code),
		PG_ROW(forgotten_statements_are_prepared_again),
		PG_ROW(commit_that_rolls_back_is_no_success),
		PG_ROW(transactions_without_statements_end_well),
		PG_ROW(text_that_is_none_is_mended),
	};

	setenv("ALDGATE_TEST_ENGINE", "postgres", 1);
	return store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
