/* Writing: all that was acknowledged stands, refused jobs leave nothing, races have one winner; and
 * an embedded store's groups, which can be lost as a whole. */
#include "store_case.h"

#include "store/challenge.h"
#include "store/count.h"
#include "store/key.h"
#include "store/outbox.h"
#include "store/session.h"

#include <semaphore.h>

#define THREADS 64
#define WRITES 50
#define RACERS 8
#define ROUNDS 200

struct fact {
	char name[32];
	enum err then; /* what the job returns after its write */
};

static enum err
put_fact(struct ctx *cx, void *arg)
{
	const struct fact *f = arg;

	TRY(fact_set(cx, str_of(f->name), S("value")));
	return f->then;
}

static bool
has_fact(struct ctx *cx, const char *name)
{
	struct str value;

	return fact_get(cx, str_of(name), &value) == OK && str_eq(value, S("value"));
}

struct hand {
	pthread_t thread;
	struct store *store;
	int number;
	int wrong;
	int won;
};

/* Runs main in `n` threads; returns the sum of what went wrong. */
static int
run_hands(struct store *s, struct hand *hands, int n, void *(*main_)(void *))
{
	int i, wrong = 0;

	for (i = 0; i < n; i++) {
		hands[i] = (struct hand){.store = s, .number = i};
		assert_int_equal(pthread_create(&hands[i].thread, NULL, main_, &hands[i]), 0);
	}
	for (i = 0; i < n; i++) {
		pthread_join(hands[i].thread, NULL);
		wrong += hands[i].wrong;
	}
	return wrong;
}

static void *
write_many(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;
	struct fact f = {.then = OK};
	int i;

	cx_make(&c, h->store);
	for (i = 0; i < WRITES; i++) {
		snprintf(f.name, sizeof(f.name), "%d/%d", h->number, i);
		f.then = i % 10 == 3 ? ERR_CREDENTIALS : OK;
		if (store_write(&c.cx, put_fact, &f) != f.then)
			h->wrong++;
		if (has_fact(&c.cx, f.name) != (f.then == OK))
			h->wrong++;
	}
	cx_end(&c);
	return NULL;
}

static void
groups_keep_all_and_refuse_alone(void **state)
{
	static struct hand hands[THREADS];
	struct store_case *t = *state;
	char name[32];
	int i, j;

	assert_int_equal(run_hands(t->store, hands, THREADS, write_many), 0);
	for (i = 0; i < THREADS; i++) {
		for (j = 0; j < WRITES; j++) {
			snprintf(name, sizeof(name), "%d/%d", i, j);
			assert_int_equal(has_fact(&t->c.cx, name), j % 10 != 3);
		}
	}
}

/* A write that holds the writer until it is let go, so that those behind it make one group. */
struct gate {
	sem_t entered, open;
};

static enum err
hold(struct ctx *cx UNUSED, void *arg)
{
	struct gate *g = arg;

	sem_post(&g->entered);
	sem_wait(&g->open);
	return OK;
}

struct caller {
	pthread_t thread;
	_Atomic pid_t id; /* once it is about to write */
	struct store *store;
	store_fn fn;
	void *arg;
	enum err got;
	int64_t retry_after;
};

static void *
call(void *arg)
{
	struct caller *c = arg;
	struct cx_case x;

	cx_make(&x, c->store);
	c->id = gettid();
	c->got = store_write(&x.cx, c->fn, c->arg);
	c->retry_after = x.cx.fault.retry_after;
	cx_end(&x);
	return NULL;
}

/* Whether it sleeps in its write, or is gone behind it. */
static bool
rests(const struct caller *c)
{
	char path[64], line[256] = "", *state;
	FILE *f;

	if (c->id == 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)c->id);
	f = fopen(path, "re");
	if (!f)
		return true;
	(void)!fgets(line, sizeof(line), f);
	fclose(f);
	state = strrchr(line, ')');
	return !state || state[2] == 'S';
}

/* An embedded store's writer has the write in its queue when this returns. */
static void
start(struct caller *c, struct store *s, store_fn fn, void *arg)
{
	*c = (struct caller){.store = s, .fn = fn, .arg = arg};
	assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
	while (!rests(c))
		usleep(1000);
}

/* Runs the callers' writes as one group, in their order. */
static void
run_group(struct store *s, struct caller *callers, size_t n, const store_fn *fns, void *const *args)
{
	struct caller first;
	struct gate gate;
	size_t i;

	sem_init(&gate.entered, 0, 0);
	sem_init(&gate.open, 0, 0);
	start(&first, s, hold, &gate);
	sem_wait(&gate.entered);
	for (i = 0; i < n; i++)
		start(&callers[i], s, fns[i], args[i]);
	sem_post(&gate.open);
	pthread_join(first.thread, NULL);
	assert_int_equal(first.got, OK);
	for (i = 0; i < n; i++)
		pthread_join(callers[i].thread, NULL);
	sem_destroy(&gate.entered);
	sem_destroy(&gate.open);
}

static enum err
lose_transaction(struct ctx *cx, void *arg UNUSED)
{
	return cx->db->driver->control(cx->db, DB_ROLLBACK);
}

static void
lost_transaction_fails_its_group(void **state)
{
	struct store_case *t = *state;
	struct fact before = {"before", OK}, after = {"after", OK}, refused = {"no", ERR_TAKEN};
	const store_fn fns[] = {put_fact, put_fact, lose_transaction, put_fact};
	void *const args[] = {&before, &refused, NULL, &after};
	struct caller callers[4];
	size_t i;

	run_group(t->store, callers, 4, fns, args);
	for (i = 0; i < 4; i++) {
		assert_int_equal(callers[i].got, ERR_UNAVAILABLE);
		assert_int_equal(callers[i].retry_after, 1);
	}
	assert_false(has_fact(&t->c.cx, "before"));
	assert_false(has_fact(&t->c.cx, "after"));
	assert_int_equal(store_write(&t->c.cx, put_fact, &after), OK);
	assert_true(has_fact(&t->c.cx, "after"));
}

static enum err
limit_pages(struct ctx *cx, void *arg)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "pragma max_page_count = %d", *(int *)arg);
	return cx->db->driver->exec(cx->db, sql);
}

static enum err
put_much(struct ctx *cx, void *arg UNUSED)
{
	static char much[1 << 20];

	return fact_set(cx, S("much"), (struct str){much, sizeof(much)});
}

/* Too large for the limit, and in a statement that takes the transaction with it. */
static enum err
put_much_in_one_table(struct ctx *cx, void *arg UNUSED)
{
	return cx->db->driver->exec(cx->db, "insert into facts values ('much', zeroblob(1000000))");
}

static void
full_disk_fails_the_group(void **state)
{
	struct store_case *t = *state;
	struct fact before = {"before", OK}, after = {"after", OK};
	const store_fn fns[] = {put_fact, put_much_in_one_table, put_fact};
	void *const args[] = {&before, NULL, &after};
	struct caller callers[3];
	int few = 60, many = 100000;
	size_t i;

	assert_int_equal(store_write(&t->c.cx, limit_pages, &few), OK);
	assert_int_equal(store_write(&t->c.cx, put_much, NULL), ERR_UNAVAILABLE);
	assert_int_equal(t->c.cx.fault.retry_after, 1);
	run_group(t->store, callers, 3, fns, args);
	for (i = 0; i < 3; i++)
		assert_int_equal(callers[i].got, ERR_UNAVAILABLE);
	assert_false(has_fact(&t->c.cx, "before"));
	assert_false(has_fact(&t->c.cx, "after"));
	assert_int_equal(store_write(&t->c.cx, limit_pages, &many), OK);
	assert_int_equal(store_write(&t->c.cx, put_much, NULL), OK);
	assert_int_equal(store_write(&t->c.cx, put_fact, &after), OK);
	assert_true(has_fact(&t->c.cx, "after"));
}

/* A device of nobody, which only COMMIT finds out about. */
static enum err
put_orphan(struct ctx *cx, void *arg UNUSED)
{
	return cx->db->driver->exec(cx->db, "pragma defer_foreign_keys = on;"
					    "insert into devices (id, user_id, device_id,"
					    " first_seen_at, last_seen_at)"
					    " values (zeroblob(16), zeroblob(16), 'd', 1, 1)");
}

static void
failed_commit_fails_the_group(void **state)
{
	struct store_case *t = *state;
	struct fact before = {"before", OK}, after = {"after", OK};
	const store_fn fns[] = {put_fact, put_orphan, put_fact};
	void *const args[] = {&before, NULL, &after};
	struct caller callers[3];
	size_t i;

	run_group(t->store, callers, 3, fns, args);
	for (i = 0; i < 3; i++)
		assert_int_equal(callers[i].got, ERR_UNAVAILABLE);
	assert_false(has_fact(&t->c.cx, "before"));
	assert_int_equal(store_write(&t->c.cx, put_fact, &after), OK);
	assert_true(has_fact(&t->c.cx, "after"));
}

static enum err
note_settings(struct ctx *cx, void *arg UNUSED)
{
	return cx->db->driver->exec(
		cx->db, "insert into facts select 'synchronous', cast(synchronous as blob)"
			" from pragma_synchronous;"
			"insert into facts select 'journal', cast(journal_mode as blob)"
			" from pragma_journal_mode");
}

/* What power takes away was not acknowledged; no test here can pull the plug. */
static void
commits_wait_for_the_disk(void **state)
{
	struct store_case *t = *state;
	struct str value;

	assert_int_equal(store_write(&t->c.cx, note_settings, NULL), OK);
	assert_int_equal(fact_get(&t->c.cx, S("synchronous"), &value), OK);
	assert_true(str_eq(value, S("2"))); /* FULL */
	assert_int_equal(fact_get(&t->c.cx, S("journal"), &value), OK);
	assert_true(str_eq(value, S("wal")));
}

static enum err
make_contested(struct ctx *cx, void *arg UNUSED)
{
	struct user u = {.id = id_of(1),
			 .email = S("a@b"),
			 .email_key = S("a@b"),
			 .role = S("CUSTOMER"),
			 .kyc_status = S("none"),
			 .created_at = NOW,
			 .updated_at = NOW};
	struct session s = {.id = id_of(2),
			    .user_id = u.id,
			    .auth_time = NOW,
			    .created_at = NOW,
			    .last_seen_at = NOW,
			    .expires_at = NOW + DAY,
			    .idle_expires_at = NOW + DAY};
	struct challenge c = {.id = id_of(3),
			      .purpose = S("p"),
			      .channel = S("email"),
			      .destination = S("a@b"),
			      .created_at = NOW,
			      .code_expires_at = NOW + DAY};
	struct outbox_row o = {.id = id_of(4),
			       .channel = S("email"),
			       .payload = S("x"),
			       .created_at = NOW,
			       .next_at = NOW};

	TRY(user_insert(cx, &u));
	TRY(session_insert(cx, &s));
	TRY(outbox_insert(cx, &o));
	return challenge_put(cx, &c);
}

static enum err
rotate(struct ctx *cx, int round)
{
	struct uuid id = id_of(2);

	return session_rotate(cx, &id, round, NOW + 1, NOW + DAY);
}

static enum err
take(struct ctx *cx, int round)
{
	struct uuid id = id_of(4);

	return outbox_take(cx, &id, round, NOW);
}

static enum err
put_once(struct ctx *cx, int round)
{
	char name[32];
	bool stored;

	snprintf(name, sizeof(name), "race %d", round);
	TRY(fact_put(cx, str_of(name), S("value"), &stored));
	return stored ? OK : ERR_NOT_FOUND;
}

static enum err
guess(struct ctx *cx, int round UNUSED)
{
	struct uuid id = id_of(3);

	return challenge_take_attempt(cx, &id, 5, NOW);
}

static enum err
consume(struct ctx *cx, int round UNUSED)
{
	struct uuid id = id_of(3);

	return challenge_consume(cx, &id, NOW);
}

static enum err
end_session(struct ctx *cx, int round UNUSED)
{
	struct uuid id = id_of(2);
	bool ended;

	TRY(session_revoke(cx, &id, S("logout"), NOW, &ended));
	return ended ? OK : ERR_NOT_FOUND;
}

static enum err (*racing)(struct ctx *cx, int round);

static enum err
race_once(struct ctx *cx, void *arg)
{
	return racing(cx, *(int *)arg);
}

static void *
race(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;
	enum err e;
	int i;

	cx_make(&c, h->store);
	for (i = 0; i < ROUNDS; i++) {
		e = store_write(&c.cx, race_once, &i);
		if (e == OK)
			h->won++;
		else if (e != ERR_NOT_FOUND)
			h->wrong++;
	}
	cx_end(&c);
	return NULL;
}

static void
races_have_one_winner(void **state)
{
	static const struct {
		const char *what;
		enum err (*once)(struct ctx *cx, int round);
		int winners;
	} rows[] = {
		{"one refresh a counter", rotate, ROUNDS},
		{"one sender an attempt", take, ROUNDS},
		{"one value a fact", put_once, ROUNDS},
		{"five guesses in all", guess, 5},
		{"one use", consume, 1},
		{"one end", end_session, 1},
	};
	struct store_case *t = *state;
	struct hand hands[RACERS];
	size_t i;
	int h, won;

	assert_int_equal(store_write(&t->c.cx, make_contested, NULL), OK);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		racing = rows[i].once;
		assert_int_equal(run_hands(t->store, hands, RACERS, race), 0);
		for (h = 0, won = 0; h < RACERS; h++)
			won += hands[h].won;
		if (won != rows[i].winners)
			fail_msg("%s: %d won", rows[i].what, won);
	}
}

/* Read, decided upon and written, by all at once: the hardest thing to get right without a writer.
 */
static enum err
count_up(struct ctx *cx, void *arg UNUSED)
{
	static const uint8_t key[32] = {1};
	struct count c;

	TRY(count_get(cx, S("k"), key, &c));
	c.failures++;
	c.last_at = NOW;
	return count_set(cx, S("k"), key, &c);
}

static void *
count_many(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;
	int i;

	cx_make(&c, h->store);
	for (i = 0; i < WRITES; i++) {
		if (store_write(&c.cx, count_up, NULL) != OK)
			h->wrong++;
	}
	cx_end(&c);
	return NULL;
}

static void
counts_lose_none(void **state)
{
	static const uint8_t key[32] = {1};
	struct store_case *t = *state;
	struct hand hands[RACERS];
	struct count c;

	assert_int_equal(run_hands(t->store, hands, RACERS, count_many), 0);
	assert_int_equal(count_get(&t->c.cx, S("k"), key, &c), OK);
	assert_int_equal(c.failures, RACERS * WRITES);
}

static void
count_wake(void *arg)
{
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_RELAXED);
}

static enum err
promise(struct ctx *cx, void *arg)
{
	static uint32_t number;
	struct outbox_row r = {.id = id_of(++number),
			       .channel = S("email"),
			       .payload = S("x"),
			       .created_at = NOW,
			       .next_at = NOW};

	TRY(outbox_insert(cx, &r));
	return *(enum err *)arg;
}

static void
wakes_after_promises_that_stand(void **state)
{
	struct store_case *t = *state;
	enum err kept = OK, refused = ERR_TAKEN;
	struct fact f = {"f", OK};
	const store_fn fns[] = {promise, promise, put_fact};
	void *const args[] = {&kept, &refused, &f};
	struct caller callers[3];
	int woken = 0, i;

	store_on_outbox(t->store, count_wake, &woken);
	assert_int_equal(store_write(&t->c.cx, put_fact, &f), OK);
	assert_int_equal(store_write(&t->c.cx, promise, &refused), ERR_TAKEN);
	assert_int_equal(store_write(&t->c.cx, put_fact, &f), OK);
	assert_int_equal(__atomic_load_n(&woken, __ATOMIC_RELAXED), 0);
	run_group(t->store, callers, 3, fns, args);
	for (i = 0; i < 100 && !__atomic_load_n(&woken, __ATOMIC_RELAXED); i++)
		usleep(10000);
	assert_int_equal(__atomic_load_n(&woken, __ATOMIC_RELAXED), 1);
}

static enum err
fail_with_words(struct ctx *cx, void *arg UNUSED)
{
	if (cx->fault.detail.p)
		return ERR_INTERNAL;
	return fail(cx, ERR_INVALID, "words");
}

static void
fault_is_fresh_and_told(void **state)
{
	struct store_case *t = *state;

	fail(&t->c.cx, ERR_INVALID, "old");
	assert_int_equal(store_write(&t->c.cx, fail_with_words, NULL), ERR_INVALID);
	assert_str(t->c.cx.fault.detail, S("words"));
	assert_null(t->c.cx.db);
}

static enum err
read_own_write(struct ctx *cx, void *arg UNUSED)
{
	struct fact f = {"own", OK};

	TRY(put_fact(cx, &f));
	return has_fact(cx, "own") ? OK : ERR_INTERNAL;
}

static void
fn_sees_what_it_wrote(void **state)
{
	struct store_case *t = *state;

	assert_int_equal(store_write(&t->c.cx, read_own_write, NULL), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(fn_sees_what_it_wrote),
		ROW(fault_is_fresh_and_told),
		ROW(groups_keep_all_and_refuse_alone),
		ROW(races_have_one_winner),
		ROW(counts_lose_none),
		ROW(wakes_after_promises_that_stand),
	};
	const struct CMUnitTest of_groups[] = {
		ROW(lost_transaction_fails_its_group),
		ROW(full_disk_fails_the_group),
		ROW(failed_commit_fails_the_group),
		ROW(commits_wait_for_the_disk),
	};
	int failed = store_case_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);

	return on_postgres() ? failed : failed + cmocka_run_group_tests(of_groups, NULL, NULL);
}
