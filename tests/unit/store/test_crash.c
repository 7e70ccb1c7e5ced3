/* Nothing that was acknowledged is lost when the process dies at any moment, and the file stays
 * whole. */
#include "store_case.h"

#include "base/clock.h"
#include "base/rnd.h"
#include "store/key.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#define CYCLES 15
#define WRITERS 4
#define PAYLOAD 2000 /* bytes a write, so that the log is copied back within a cycle too */
#define SEEN_MOST 200000

struct hand {
	pthread_t thread;
	struct store *store;
	int pipe;
	uint64_t next;
};

static enum err
put_number(struct ctx *cx, void *arg)
{
	static const char payload[PAYLOAD];
	char name[32];

	snprintf(name, sizeof(name), "%" PRIu64, *(uint64_t *)arg);
	return fact_set(cx, str_of(name), (struct str){payload, sizeof(payload)});
}

static void *
write_for_ever(void *arg)
{
	struct hand *h = arg;
	struct cx_case c;

	cx_make(&c, h->store);
	for (;; h->next += WRITERS) {
		if (store_write(&c.cx, put_number, &h->next) != OK)
			_exit(1);
		if (write(h->pipe, &h->next, sizeof(h->next)) != sizeof(h->next))
			_exit(1);
	}
	return NULL;
}

static void
be_the_child(struct place_case *p, int pipe, uint64_t first)
{
	struct hand hands[WRITERS];
	struct store *s;
	uint64_t i;

	if (place_open(p, STORE_MIGRATE, &s) != OK)
		_exit(2);
	for (i = 0; i < WRITERS; i++) {
		hands[i] = (struct hand){.store = s, .pipe = pipe, .next = first + i};
		pthread_create(&hands[i].thread, NULL, write_for_ever, &hands[i]);
	}
	pthread_join(hands[0].thread, NULL);
	_exit(3);
}

/* Reads acknowledgements until `until` (0: to the end of the pipe); returns how many there are by
 * now. */
static size_t
listen_to(int pipe, uint64_t *seen, size_t n, int64_t until)
{
	struct pollfd p = {.fd = pipe, .events = POLLIN};
	int64_t left = -1;

	while (n < SEEN_MOST) {
		if (until && (left = (until - clock_mono()) / MILLISECOND) <= 0)
			break;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		if (read(pipe, &seen[n], sizeof(seen[n])) != sizeof(seen[n]))
			break;
		n++;
	}
	return n;
}

/* life begins with the child, or, when it is to write something, with its first acknowledgement. */
static size_t
run_and_kill(struct place_case *p, uint64_t *seen, size_t n, uint64_t first, int64_t life,
	     bool writes)
{
	struct pollfd word = {.events = POLLIN};
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		be_the_child(p, pipes[1], first);
	}
	close(pipes[1]);
	word.fd = pipes[0];
	assert_true(!writes || poll(&word, 1, -1) == 1);
	n = listen_to(pipes[0], seen, n, clock_mono() + life);
	kill(child, SIGKILL);
	n = listen_to(pipes[0], seen, n, 0);
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return n;
}

static void
check_whole(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *st;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "pragma integrity_check", -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(st, 0), "ok");
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void
check_all_there(struct place_case *p, const uint64_t *seen, size_t n)
{
	struct cx_case c;
	struct store *s;
	struct str value;
	char name[32];
	size_t i;

	if (place_open(p, STORE_MIGRATE, &s) != OK)
		fail_msg("%s", p->said);
	cx_make(&c, s);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%" PRIu64, seen[i]);
		if (fact_get(&c.cx, str_of(name), &value) != OK || value.n != PAYLOAD)
			fail_msg("%s was acknowledged and is gone", name);
		arena_reset(&c.arena);
	}
	cx_end(&c);
	store_close(s);
}

static void
acknowledged_survives_sigkill(void **state UNUSED)
{
	uint64_t *seen = calloc(SEEN_MOST, sizeof(*seen));
	struct place_case p;
	size_t n = 0, before;
	int cycle;

	assert_non_null(seen);
	place_make(&p);
	for (cycle = 0; cycle < CYCLES; cycle++) {
		int64_t life = (int64_t)rnd_jitter(200) * MILLISECOND + 2 * MILLISECOND;

		before = n;
		n = run_and_kill(&p, seen, n, (uint64_t)cycle * 1000000, life, cycle % 3 != 0);
		check_all_there(&p, seen + before, n - before);
		check_whole(p.path);
	}
	check_all_there(&p, seen, n);
	print_message("%zu writes were acknowledged\n", n);
	assert_true(n > 0);
	place_remove(&p);
	free(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acknowledged_survives_sigkill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
