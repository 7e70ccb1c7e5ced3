/* What is remembered of a session and its user: it is used, and no answered change goes unseen. */
#include "store_case.h"

#include "store/device_block.h"
#include "store/recall.h"
#include "store/session.h"

#include <sqlite3.h>
#include <stdatomic.h>

#define READERS 4
#define ROUNDS 100

static struct user
user_one(void)
{
	return (struct user){.id = id_of(1),
			     .email = S("Ada@example.org"),
			     .email_key = S("ada@example.org"),
			     .password = S("$argon2id$"),
			     .role = S("CUSTOMER"),
			     .kyc_status = S("none"),
			     .created_at = NOW,
			     .updated_at = NOW};
}

static struct session
session_of(uint32_t n)
{
	return (struct session){.id = id_of(n),
				.user_id = id_of(1),
				.device_id = S("phone"),
				.ip = S("192.0.2.1"),
				.amr = S("pwd"),
				.auth_time = NOW,
				.created_at = NOW,
				.last_seen_at = NOW,
				.expires_at = NOW + DAY,
				.idle_expires_at = NOW + DAY};
}

static enum err
fill(struct ctx *cx, void *arg UNUSED)
{
	struct session s = session_of(2);
	struct user u = user_one();

	TRY(user_insert(cx, &u));
	return session_insert(cx, &s);
}

static void
write_all(struct store_case *t, store_fn fn, void *arg)
{
	assert_int_equal(store_write(&t->c.cx, fn, arg), OK);
}

static bool
remembered(struct store_case *t, const struct uuid *id)
{
	struct session s;
	struct user u;

	return recall_find(t->store->recall, id, &t->c.arena, &s, &u);
}

static enum err
look(struct store_case *t, struct session *s, struct user *u)
{
	struct uuid id = id_of(2);

	return session_with_user(&t->c.cx, &id, s, u);
}

static void
all_of_it_is_remembered(void **state)
{
	struct store_case *t = *state;
	struct session s = session_of(2), got;
	struct user u = user_one(), got_user;

	write_all(t, fill, NULL);
	assert_false(remembered(t, &s.id));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(look(t, &got, &got_user), OK);
		assert_true(remembered(t, &s.id));
		assert_true(uuid_eq(&got.id, &s.id) && uuid_eq(&got_user.id, &u.id));
		assert_str(got.device_id, s.device_id);
		assert_str(got.ip, s.ip);
		assert_str(got.amr, s.amr);
		assert_true(str_absent(got.user_agent) && str_absent(got.revoked_why));
		assert_int_equal(got.idle_expires_at, s.idle_expires_at);
		assert_str(got_user.email, u.email);
		assert_str(got_user.email_key, u.email_key);
		assert_str(got_user.password, u.password);
		assert_str(got_user.role, u.role);
		assert_str(got_user.kyc_status, u.kyc_status);
		assert_true(str_absent(got_user.phone) && str_absent(got_user.lock_reason));
		assert_int_equal(got_user.created_at, NOW);
	}
}

/* Changes, and what must be seen behind each. */
static enum err
end_session(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(2);
	bool ended;

	return session_revoke(cx, &id, S("logout"), NOW, &ended);
}

static bool
is_revoked(const struct session *s, const struct user *u)
{
	return s->revoked_at == NOW && str_eq(s->revoked_why, S("logout"));
}

static enum err
revoke_all(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(1);

	return session_revoke_all(cx, &id, NULL, S("logout"), NOW, NULL);
}

static enum err
rotate(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(2);

	return session_rotate(cx, &id, 0, NOW + 1, NOW + HOUR);
}

static bool
is_rotated(const struct session *s, const struct user *u)
{
	return s->counter == 1 && s->idle_expires_at == NOW + HOUR;
}

static enum err
promote(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(1);

	return user_set_role(cx, &id, S("ADMIN"), NOW + 1);
}

static bool
is_promoted(const struct session *s, const struct user *u)
{
	return str_eq(u->role, S("ADMIN"));
}

static enum err
lock_user(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(1);

	return user_set_lock(cx, &id, NOW, NOW + DAY, S("spam"), NOW);
}

static bool
is_locked(const struct session *s, const struct user *u)
{
	return u->locked_at == NOW && u->locked_until == NOW + DAY;
}

static enum err
block(struct ctx *cx, void *arg UNUSED)
{
	struct device_block b = {.device_id = S("phone"), .reason = S("lost"), .created_at = NOW};

	return device_block_put(cx, &b);
}

static bool
is_blocked(const struct session *s, const struct user *u)
{
	return s->device_blocked;
}

static enum err
unblock(struct ctx *cx, void *arg UNUSED)
{
	return device_block_delete(cx, S("phone"), NULL);
}

static bool
is_unblocked(const struct session *s, const struct user *u)
{
	return !s->device_blocked;
}

static enum err
delete_session(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(1);

	return session_delete_all(cx, &id);
}

static enum err
delete_user(struct ctx *cx, void *arg UNUSED)
{
	struct uuid id = id_of(1);

	return user_delete(cx, &id);
}

static enum err
sweep(struct ctx *cx, void *arg UNUSED)
{
	int64_t removed;

	return session_sweep(cx, NOW + 2 * DAY, 10, &removed);
}

static void
changes_are_seen(void **state)
{
	static const struct {
		const char *what;
		store_fn ahead, change;
		bool (*seen)(const struct session *s, const struct user *u); /* NULL: gone */
	} rows[] = {
		{"revoked", NULL, end_session, is_revoked},
		{"all revoked", NULL, revoke_all, is_revoked},
		{"rotated", NULL, rotate, is_rotated},
		{"role", NULL, promote, is_promoted},
		{"lock", NULL, lock_user, is_locked},
		{"block", NULL, block, is_blocked},
		{"unblock", block, unblock, is_unblocked},
		{"sessions deleted", NULL, delete_session, NULL},
		{"user deleted", NULL, delete_user, NULL},
		{"swept", NULL, sweep, NULL},
	};
	struct store_case *t = *state;
	struct uuid id = id_of(2);
	struct session s;
	struct user u;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		write_all(t, fill, NULL);
		if (rows[i].ahead)
			write_all(t, rows[i].ahead, NULL);
		assert_int_equal(look(t, &s, &u), OK);
		assert_true(remembered(t, &id));
		write_all(t, rows[i].change, NULL);
		if (remembered(t, &id))
			fail_msg("%s: the old row is still remembered", rows[i].what);
		if (rows[i].seen ? look(t, &s, &u) != OK || !rows[i].seen(&s, &u)
				 : look(t, &s, &u) != ERR_NOT_FOUND)
			fail_msg("%s: not seen", rows[i].what);
		(void)!store_write(&t->c.cx, unblock, NULL);
		(void)!store_write(&t->c.cx, delete_user, NULL);
	}
}

static enum err
promote_and_look(struct ctx *cx, void *arg)
{
	struct uuid id = id_of(2);
	struct session s;
	struct user u;

	TRY(promote(cx, NULL));
	TRY(session_with_user(cx, &id, &s, &u));
	*(bool *)arg = is_promoted(&s, &u);
	return ERR_CREDENTIALS;
}

/* A transaction reads what it wrote, and nobody remembers that when it is undone. */
static void
undone_work_is_not_remembered(void **state)
{
	struct store_case *t = *state;
	bool seen_inside = false;
	struct session s;
	struct user u;

	write_all(t, fill, NULL);
	assert_int_equal(look(t, &s, &u), OK);
	assert_int_equal(store_write(&t->c.cx, promote_and_look, &seen_inside), ERR_CREDENTIALS);
	assert_true(seen_inside);
	assert_int_equal(look(t, &s, &u), OK);
	assert_false(is_promoted(&s, &u));
}

/* A row that was read before a commit is not kept behind it. */
static void
late_reads_are_not_kept(void **state)
{
	struct store_case *t = *state;
	struct uuid id = id_of(2);
	struct session s;
	struct user u;
	uint64_t before;

	write_all(t, fill, NULL);
	before = t->store->commits;
	assert_int_equal(look(t, &s, &u), OK);
	write_all(t, end_session, NULL);
	recall_keep(t->store->recall, &s, &u, &t->store->commits, before);
	assert_false(remembered(t, &id));
}

static void
long_rows_are_read_each_time(void **state)
{
	static char name[2000];
	struct store_case *t = *state;
	struct uuid id = id_of(2);
	struct session s;
	struct user u;

	write_all(t, fill, NULL);
	assert_int_equal(look(t, &s, &u), OK);
	write_all(t, promote, NULL);
	memset(name, 'x', sizeof(name));
	u.full_name = (struct str){name, sizeof(name)};
	recall_keep(t->store->recall, &s, &u, &t->store->commits, t->store->commits);
	assert_false(remembered(t, &id));
}

static struct {
	struct store *store;
	_Atomic int round;    /* whose session is asked for */
	_Atomic int answered; /* the last round whose revocation was answered */
	_Atomic int wrong, hits;
	_Atomic bool over;
} race;

static void
ask_once(struct cx_case *c)
{
	int answered = race.answered, round = race.round;
	struct uuid id = id_of((uint32_t)round);
	struct session s;
	struct user u;

	if (session_with_user(&c->cx, &id, &s, &u) != OK)
		race.wrong++;
	else if (answered == round && s.revoked_at == 0)
		race.wrong++;
	race.hits += recall_find(race.store->recall, &id, &c->arena, &s, &u);
	arena_reset(&c->arena);
}

/* Every other one shares snapshots, as the event loops do. */
static void *
ask(void *arg)
{
	struct cx_case c;

	cx_make(&c, race.store);
	if (arg)
		store_thread_keep(race.store);
	while (!race.over) {
		ask_once(&c);
		if (arg)
			store_thread_rest(race.store);
	}
	cx_end(&c);
	return NULL;
}

static enum err
insert_round(struct ctx *cx, void *arg)
{
	struct session s = session_of(*(uint32_t *)arg);

	return session_insert(cx, &s);
}

static enum err
revoke_round(struct ctx *cx, void *arg)
{
	struct uuid id = id_of(*(uint32_t *)arg);
	bool ended;

	return session_revoke(cx, &id, S("logout"), NOW, &ended);
}

static void
no_answered_revocation_is_missed(void **state)
{
	struct store_case *t = *state;
	pthread_t readers[READERS];
	uint32_t first = 10, id = first;

	write_all(t, fill, NULL);
	write_all(t, insert_round, &id);
	race.store = t->store;
	race.over = false;
	race.round = (int)first;
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, ask, i % 2 ? &race : NULL), 0);
	for (; id < first + ROUNDS; id++) {
		write_all(t, insert_round, &(uint32_t){id + 1});
		usleep(200);
		write_all(t, revoke_round, &id);
		race.answered = (int)id;
		usleep(200);
		race.round = (int)id + 1;
	}
	race.over = true;
	for (size_t i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(race.wrong, 0);
	assert_true(race.hits > 0);
}

static int
note_table(void *arg, int what, const char *table, const char *column UNUSED,
	   const char *schema UNUSED, const char *trigger UNUSED)
{
	unsigned *seen = arg;

	if (what != SQLITE_READ)
		return SQLITE_OK;
	if (strcmp(table, "users") == 0)
		*seen |= 1;
	else if (strcmp(table, "sessions") == 0)
		*seen |= 2;
	else if (strcmp(table, "blocked_devices") == 0)
		*seen |= 4;
	else
		*seen |= 8;
	return SQLITE_OK;
}

/* The tables whose changes are listened to (sqlite.c) are those that the statement reads. */
static void
the_statement_reads_what_is_listened_to(void **state)
{
	struct store_case *t = *state;
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	unsigned seen = 0;

	assert_int_equal(sqlite3_open(t->place.path, &db), SQLITE_OK);
	sqlite3_set_authorizer(db, note_table, &seen);
	assert_int_equal(sqlite3_prepare_v2(db, query_texts[Q_SESSION_WITH_USER].sqlite, -1, &st,
					    NULL),
			 SQLITE_OK);
	sqlite3_finalize(st);
	sqlite3_close(db);
	assert_int_equal(seen, 1 | 2 | 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(all_of_it_is_remembered),
		ROW(changes_are_seen),
		ROW(undone_work_is_not_remembered),
		ROW(late_reads_are_not_kept),
		ROW(long_rows_are_read_each_time),
		ROW(no_answered_revocation_is_missed),
		ROW(the_statement_reads_what_is_listened_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
