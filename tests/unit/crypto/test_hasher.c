/* Password hashing: right and wrong, bounds of slots and queue, and that the slots' memory is
 * really used. */
#include "../unit.h"

#include "base/clock.h"
#include "base/rnd.h"
#include "crypto/hash_arena.h"
#include "crypto/hasher.h"

#include <pthread.h>
#include <unistd.h>

#define PASSWORD secret_of(S("correct horse"))
/* Of the reference implementation's own tests: "password" with "somesalt", 64 MiB, two passes. */
#define REFERENCE                                                                                  \
	"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

static struct arena arena;
static struct ctx cx = {.arena = &arena};

static struct hasher *
open_hasher(int64_t memory_kib, int64_t passes, int64_t slots, int64_t queue)
{
	struct config config = {
		.password_argon2_memory_kib = memory_kib,
		.password_argon2_passes = passes,
		.password_hash_slots = slots,
		.password_hash_queue = queue,
	};
	struct hasher *h = NULL;

	assert_int_equal(hasher_open(&config, &h), OK);
	cx.hasher = h;
	return h;
}

static void
right_and_wrong(void **state)
{
	struct hasher *h = open_hasher(1024, 2, 1, 4);
	struct hasher_stats stats;
	struct str phc, again;
	bool ok, stale;

	assert_int_equal(password_hash(&cx, PASSWORD, &phc), OK);
	assert_true(str_starts(phc, S("$argon2id$v=19$m=1024,t=2,p=1$")));
	assert_true(phc.n < PHC_ROOM);
	assert_int_equal(password_hash(&cx, PASSWORD, &again), OK);
	assert_false(str_eq(phc, again));
	assert_int_equal(password_verify(&cx, phc, PASSWORD, &ok, &stale), OK);
	assert_true(ok && !stale);
	assert_int_equal(password_verify(&cx, phc, secret_of(S("correct horsf")), &ok, &stale), OK);
	assert_true(!ok && !stale);
	assert_int_equal(password_verify(&cx, phc, secret_of(S("")), &ok, &stale), OK);
	assert_false(ok);
	assert_int_equal(password_verify(&cx, again, PASSWORD, &ok, &stale), OK);
	assert_true(ok);
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, 6);
	assert_int_equal(stats.arena_uses, 6);
	assert_int_equal(stats.running, 0);
	assert_int_equal(stats.waiting, 0);
	hasher_close(h);
	arena_reset(&arena);
}

static void
nobody(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 1, 4);
	struct hasher_stats stats;
	bool ok = true, stale = true;

	assert_int_equal(password_verify(&cx, STR_NONE, PASSWORD, &ok, &stale), OK);
	assert_true(!ok && !stale);
	assert_int_equal(password_verify(&cx, STR_NONE, secret_of(S("")), &ok, &stale), OK);
	assert_false(ok);
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, 2);
	assert_int_equal(stats.arena_uses, 2);
	hasher_close(h);
}

static void
long_passwords(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 1, 4);
	char text[PASSWORD_MAX + 1];
	struct secret most = {text, PASSWORD_MAX}, more = {text, PASSWORD_MAX + 1};
	bool ok, stale;
	struct str phc;

	memset(text, 'x', sizeof(text));
	assert_int_equal(password_hash(&cx, most, &phc), OK);
	assert_int_equal(password_verify(&cx, phc, most, &ok, &stale), OK);
	assert_true(ok);
	text[PASSWORD_MAX - 1] = 'y';
	assert_int_equal(password_verify(&cx, phc, most, &ok, &stale), OK);
	assert_false(ok);
	assert_int_equal(password_hash(&cx, more, &phc), ERR_INTERNAL);
	assert_int_equal(password_verify(&cx, phc, more, &ok, &stale), ERR_INTERNAL);
	assert_int_equal(password_hash(&cx, SECRET_NONE, &phc), ERR_INTERNAL);
	hasher_close(h);
	arena_reset(&arena);
}

static const struct {
	const char *name, *phc, *password;
	enum err want;
	bool ok, stale;
} stored[] = {
	{"larger than the arena", REFERENCE, "password", OK, true, true},
	{"larger than the arena, wrong", REFERENCE, "passwort", OK, false, true},
	{"no text", "", "password", OK, false, false},
	{"Argon2i",
	 "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, true},
	{"Argon2d",
	 "$argon2d$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"old version",
	 "$argon2id$v=16$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"no version",
	 "$argon2id$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"two lanes, another tag",
	 "$argon2id$v=19$m=1024,t=2,p=2$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, true},
	{"eleven lanes, another tag",
	 "$argon2id$v=19$m=1024,t=2,p=11$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, true},
	{"too much memory",
	 "$argon2id$v=19$m=262145,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"memory past 64 bits",
	 "$argon2id$v=19$m=18446744073709552640,t=2,p=1$c29tZXNhbHQ$"
	 "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"negative memory",
	 "$argon2id$v=19$m=-1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"too little memory",
	 "$argon2id$v=19$m=7,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"too many passes",
	 "$argon2id$v=19$m=1024,t=17,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"no pass",
	 "$argon2id$v=19$m=1024,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"nothing behind the parameters", "$argon2id$v=19$m=1024,t=2,p=1$", "password", OK, false,
	 false},
	{"no tag", "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$", "password", OK, false, false},
	{"not base64",
	 "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$!!!!hFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	 "password", OK, false, false},
	{"more behind it",
	 "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc$"
	 "more",
	 "password", OK, false, false},
	{"bcrypt", "$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q", "password", OK,
	 false, true},
	{"plain text", "password", "password", OK, false, false},
};

static void
stored_hashes(void **state)
{
	struct hasher *h = open_hasher(1024, 2, 1, 4);

	for (size_t i = 0; i < ARRAY_LEN(stored); i++) {
		bool ok = false, stale = false;

		print_message("%s\n", stored[i].name);
		assert_int_equal(password_verify(&cx, str_of(stored[i].phc),
						 secret_of(str_of(stored[i].password)), &ok,
						 &stale),
				 stored[i].want);
		assert_int_equal(ok, stored[i].ok);
		assert_int_equal(stale, stored[i].stale);
	}
	hasher_close(h);
	arena_reset(&arena);
}

static const struct {
	const char *name;
	int64_t memory_kib, passes;
	bool stale;
} costs[] = {
	{"the same", 2048, 2, false},   {"less memory", 1024, 2, true},
	{"more memory", 4096, 2, true}, {"fewer passes", 2048, 1, true},
	{"more passes", 2048, 3, true},
};

static void
staleness(void **state)
{
	struct hasher *h = open_hasher(2048, 2, 1, 4);
	struct str phc;

	assert_int_equal(password_hash(&cx, PASSWORD, &phc), OK);
	hasher_close(h);
	for (size_t i = 0; i < ARRAY_LEN(costs); i++) {
		bool ok, stale;

		print_message("%s\n", costs[i].name);
		h = open_hasher(costs[i].memory_kib, costs[i].passes, 1, 4);
		assert_int_equal(password_verify(&cx, phc, PASSWORD, &ok, &stale), OK);
		assert_true(ok);
		assert_int_equal(stale, costs[i].stale);
		assert_int_equal(password_verify(&cx, phc, secret_of(S("wrong")), &ok, &stale), OK);
		assert_false(ok);
		hasher_close(h);
	}
	arena_reset(&arena);
}

static void
no_randomness(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 1, 4);
	struct str phc;

	rnd_break(true);
	assert_int_equal(password_hash(&cx, PASSWORD, &phc), ERR_UNAVAILABLE);
	rnd_break(false);
	assert_int_equal(password_hash(&cx, PASSWORD, &phc), OK);
	hasher_close(h);
	arena_reset(&arena);
}

struct job {
	pthread_t thread;
	struct hasher *hasher;
	enum err (*act)(struct ctx *own);
	enum err result;
};

static enum err
hash_own(struct ctx *own)
{
	struct str phc;

	return password_hash(own, PASSWORD, &phc);
}

static void *
act_in_thread(void *arg)
{
	struct job *job = arg;
	struct arena mine;
	struct ctx own = {.arena = &mine, .hasher = job->hasher};

	arena_init(&mine, 1 << 16);
	job->result = job->act(&own);
	arena_release(&mine);
	return NULL;
}

static void
start(struct job *job, struct hasher *h, enum err (*act)(struct ctx *own))
{
	*job = (struct job){.hasher = h, .act = act};
	assert_int_equal(pthread_create(&job->thread, NULL, act_in_thread, job), 0);
}

/* Whether the numbers come up within five seconds. */
static bool
reach(struct hasher *h, int64_t running, int64_t waiting)
{
	for (int i = 0; i < 5000; i++) {
		struct hasher_stats stats;

		hasher_stats(h, &stats);
		if (stats.running == running && stats.waiting == waiting)
			return true;
		usleep(1000);
	}
	return false;
}

static void
full_queue(void **state)
{
	struct hasher *h = open_hasher(65536, 16, 1, 1);
	struct hasher_stats stats;
	struct job first, second;
	struct str phc;
	bool ok, stale;

	start(&first, h, hash_own);
	assert_true(reach(h, 1, 0));
	start(&second, h, hash_own);
	assert_true(reach(h, 1, 1));
	assert_int_equal(password_hash(&cx, PASSWORD, &phc), ERR_OVERLOADED);
	assert_int_equal(cx.fault.retry_after, 1);
	assert_int_equal(password_verify(&cx, STR_NONE, PASSWORD, &ok, &stale), ERR_OVERLOADED);
	fault_clear(&cx);
	pthread_join(first.thread, NULL);
	pthread_join(second.thread, NULL);
	assert_int_equal(first.result, OK);
	assert_int_equal(second.result, OK);
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, 2);
	assert_int_equal(stats.arena_uses, 2);
	assert_int_equal(stats.refused, 2);
	assert_true(stats.wait_us > 0);
	assert_int_equal(stats.running, 0);
	hasher_close(h);
	arena_reset(&arena);
}

/* 64 MiB and sixteen passes; of no password. */
#define LARGE                                                                                      \
	"$argon2id$v=19$m=65536,t=16,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
#define LARGE_MOST 3 /* with a queue of eight */

static enum err
verify_large(struct ctx *own)
{
	bool ok, stale;

	return password_verify(own, S(LARGE), PASSWORD, &ok, &stale);
}

/* However many come, others find a slot free; and only so many may come. */
static void
large_ones_share_a_slot(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 2, 8);
	struct job jobs[LARGE_MOST + 1];
	struct hasher_stats stats;
	struct str phc;
	int refused = 0;

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		start(&jobs[i], h, verify_large);
	assert_true(reach(h, 1, 0));
	for (int i = 0; i < 50; i++) {
		assert_int_equal(password_hash(&cx, PASSWORD, &phc), OK);
		hasher_stats(h, &stats);
		assert_in_range(stats.running, 0, 1);
		assert_int_equal(stats.waiting, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_true(jobs[i].result == OK || jobs[i].result == ERR_OVERLOADED);
		refused += jobs[i].result == ERR_OVERLOADED;
	}
	assert_int_equal(refused, 1);
	hasher_close(h);
	arena_reset(&arena);
}

static void
slots_run_side_by_side(void **state)
{
	struct hasher *h = open_hasher(32768, 16, 2, 0);
	struct job jobs[2];

	start(&jobs[0], h, hash_own);
	start(&jobs[1], h, hash_own);
	assert_true(reach(h, 2, 0));
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_int_equal(jobs[i].result, OK);
	}
	hasher_close(h);
}

static void
many_at_once(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 2, 16);
	struct hasher_stats stats;
	struct job jobs[16];

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		start(&jobs[i], h, hash_own);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_int_equal(jobs[i].result, OK);
	}
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, ARRAY_LEN(jobs));
	assert_int_equal(stats.arena_uses, ARRAY_LEN(jobs));
	assert_int_equal(stats.running, 0);
	hasher_close(h);
}

static int64_t fake_now;

static int64_t
fake_clock(void)
{
	return fake_now;
}

static void
trimming(void **state)
{
	struct hasher *h = open_hasher(4096, 1, 1, 4);
	bool ok, stale;
	struct str phc;

	fake_now = 1000 * SECOND;
	clock_inject(fake_clock);
	hasher_trim(h);
	assert_int_equal(password_hash(&cx, PASSWORD, &phc), OK);
	hasher_trim(h);
	fake_now += 11 * SECOND;
	hasher_trim(h);
	hasher_trim(h);
	assert_int_equal(password_verify(&cx, phc, PASSWORD, &ok, &stale), OK);
	assert_true(ok);
	clock_inject(NULL);
	hasher_close(h);
	arena_reset(&arena);
}

static void
arena_is_wiped(void **state)
{
	struct hash_arena a;
	size_t chunks = 0;

	hash_arena_init(&a, 3 << 20);
	assert_int_equal(a.size, 4 << 20);
	hash_arena_arm(&a);
	hash_arena_disarm();
	assert_non_null(a.p);
	assert_int_equal((uintptr_t)a.p % (2 << 20), 0);
	memset(a.p, 0xaa, a.size);
	a.dirty = 3 << 20;
	while (hash_arena_wipe_some(&a))
		chunks++;
	assert_int_equal(chunks, 2);
	for (size_t i = 0; i < (3 << 20); i += 997)
		assert_int_equal(a.p[i], 0);
	assert_int_equal(a.p[3 << 20], 0xaa);
	hash_arena_trim(&a);
	assert_int_equal(a.p[3 << 20], 0);
	hash_arena_release(&a);
	assert_null(a.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_and_wrong),
		cmocka_unit_test(nobody),
		cmocka_unit_test(long_passwords),
		cmocka_unit_test(stored_hashes),
		cmocka_unit_test(staleness),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(full_queue),
		cmocka_unit_test(large_ones_share_a_slot),
		cmocka_unit_test(slots_run_side_by_side),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(trimming),
		cmocka_unit_test(arena_is_wiped),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
