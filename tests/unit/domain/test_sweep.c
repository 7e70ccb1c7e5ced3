/* What has had its time goes, what has not stays; a kind that is full is gone on with, and one that
 * fails holds up no other. */
#include "domain_case.h"

#include "domain/sweep.h"
#include "store/record.h"

#define ROUND (20 * 200)

static void
insert(struct domain_case *t, int rows, const char *into)
{
	case_count(t, str_z(&t->arena, str_print(&t->arena,
						 "with recursive n(i) as (select 1 union all "
						 "select i + 1 from n where i < %d) insert into %s",
						 rows, into)));
}

static int64_t
left(struct domain_case *t, const char *table)
{
	return case_count(t,
			  str_z(&t->arena, str_print(&t->arena, "select count(*) from %s", table)));
}

#define LOGINS "logins (id, at, outcome) select randomblob(16), 5, 'success' from n"

static const struct {
	const char *table;
	const char *due, *fresh; /* columns and values; n: how many */
} kinds[] = {
	{"preregistrations",
	 "preregistrations select randomblob(16), 'e', 'e', 'n', 'p', randomblob(32), x'00', 5, 5, "
	 "null from n",
	 "preregistrations select randomblob(16), 'e', 'e', 'n', 'p', randomblob(32), x'00', "
	 "1700000000000000, 1700000000000000, null from n"},
	{"challenges",
	 "challenges (id, purpose, channel, destination, attempts, created_at) "
	 "select randomblob(16), 'login', 'email', 'e', 0, 5 from n",
	 "challenges (id, purpose, channel, destination, attempts, created_at) "
	 "select randomblob(16), 'login', 'email', 'e', 0, 1700000000000000 from n"},
	{"sessions",
	 "sessions (id, user_id, auth_time, created_at, last_seen_at, expires_at, idle_expires_at, "
	 "counter) select randomblob(16), users.id, 5, 5, 5, 5, 5, 0 from n, users",
	 "sessions (id, user_id, auth_time, created_at, last_seen_at, expires_at, idle_expires_at, "
	 "counter) select randomblob(16), users.id, 5, 5, 5, 1700000000000000, 5, 0 from n, users"},
	{"logins", LOGINS,
	 "logins (id, at, outcome) select randomblob(16), 1700000000000000, 'success' from n"},
	{"counts",
	 "counts (kind, key, failures, last_at) select 'mail_day', randomblob(32), 1, 5 "
	 "from n",
	 "counts (kind, key, failures, last_at) select 'mail_day', randomblob(32), 1, "
	 "1700000000000000 from n"},
};

static void
each_kind(void **state)
{
	struct domain_case *t = *state;
	bool more;

	(void)member(t, "ada@example.com", NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int64_t before = left(t, kinds[i].table);

		insert(t, 450, kinds[i].due);
		insert(t, 3, kinds[i].fresh);
		must(sweep(&t->cx, &more));
		assert_false(more);
		assert_int_equal(left(t, kinds[i].table), before + 3);
	}
}

/* Mails that wait are the sender's to drop. */
static void
what_waits_stays(void **state)
{
	struct domain_case *t = *state;
	int64_t waiting;
	bool more;

	(void)signed_up(t, "ada@example.com", NULL);
	waiting = left(t, "outbox");
	assert_true(waiting > 0);
	pass(500 * DAY);
	must(sweep(&t->cx, &more));
	assert_int_equal(left(t, "outbox"), waiting);
}

static enum err
one_batch(struct ctx *cx, void *arg)
{
	return login_sweep(cx, START, 200, arg);
}

static void
bounded(void **state)
{
	struct domain_case *t = *state;
	int64_t removed;
	bool more;

	insert(t, ROUND + 300, LOGINS);
	must(store_write(&t->cx, one_batch, &removed));
	assert_int_equal(removed, 200);
	must(sweep(&t->cx, &more));
	assert_true(more);
	assert_int_equal(left(t, "logins"), 100);
	must(sweep(&t->cx, &more));
	assert_false(more);
	assert_int_equal(left(t, "logins"), 0);
}

static void
one_fails(void **state)
{
	struct domain_case *t = *state;
	bool more;

	insert(t, 3, kinds[1].due);
	insert(t, ROUND + 3, LOGINS);
	case_count(t, "create trigger stays before delete on challenges begin "
		      "select raise(abort, 'stays'); end");
	assert_int_not_equal(sweep(&t->cx, &more), OK);
	assert_true(more);
	assert_int_equal(left(t, "challenges"), 3);
	assert_int_equal(left(t, "logins"), 3);
	case_count(t, "drop trigger stays");
	must(sweep(&t->cx, &more));
	assert_int_equal(left(t, "challenges"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(each_kind),
		ROW(what_waits_stays),
		ROW(bounded),
		ROW(one_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
