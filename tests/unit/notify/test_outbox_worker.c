/* The outbox from promise to delivery, with a real store and mail servers of every temper. */
#include "../unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/vault.h"
#include "domain/message.h"
#include "notify/outbox_worker.h"
#include "smtp_server.h"
#include "store/outbox.h"
#include "store/store.h"

#include <ftw.h>

static struct arena arena;
static struct config config;
static struct ctx cx;
static smtp_server_t server;
static char folder[64];

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

static void
open_store(void)
{
	struct buf problem;

	buf_init_arena(&problem, &arena, 4096);
	assert_int_equal(store_open(&config, STORE_MIGRATE, &cx.store, &problem), OK);
	assert_int_equal(vault_open(&config, true, &cx.vault, &problem), OK);
}

static void
close_store(void)
{
	store_thread_end(cx.store);
	store_close(cx.store);
	vault_close(cx.vault);
}

static int
set_up(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/aldgate-outbox-XXXXXX");
	assert_non_null(mkdtemp(folder));
	arena_init(&arena, 64 * 1024 * 1024);
	memset(&config, 0, sizeof(config));
	config.mail_from = S("Aldgate <no-reply@example.com>");
	config.server_public_url = S("https://accounts.example.com");
	config.server_data_dir = str_of(folder);
	config.database_path = str_print(&arena, "%s/aldgate.db", folder);
	cx = (struct ctx){.arena = &arena, .config = &config};
	open_store();
	return 0;
}

static int
tear_down(void **state)
{
	close_store();
	arena_release(&arena);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

struct promise {
	struct message m;
	int64_t now;
};

static enum err
promise_in_store(struct ctx *c, void *arg)
{
	const struct promise *p = arg;

	return message_queue(c, &p->m, p->now);
}

static void
promise_on(const char *channel, const char *template, const char *expires_at, int64_t now)
{
	struct promise p = {
		.m =
			{
				.channel = channel,
				.to = S("alice@example.net"),
				.template = template,
				.vars = {{"code", S("123456")}, {"expires_at", str_of(expires_at)}},
			},
		.now = now,
	};

	assert_int_equal(store_write(&cx, promise_in_store, &p), OK);
}

static void
promise(const char *template, const char *expires_at, int64_t now)
{
	promise_on("email", template, expires_at, now);
}

static struct outbox_worker *
start_worker(void)
{
	struct outbox_worker *w;

	config.mail_url = secret_of(str_print(&arena, "smtp://127.0.0.1:%d", server.port));
	assert_int_equal(outbox_worker_start(&cx, &w), OK);
	return w;
}

static int64_t
depth(void)
{
	int64_t rows, oldest;

	assert_int_equal(outbox_depth(&cx, &rows, &oldest), OK);
	return rows;
}

#define PATIENCE (60 * SECOND) /* far longer than any of it takes */

/* Waits until the outbox is empty. */
static bool
drained(void)
{
	for (int64_t end = clock_mono() + PATIENCE; depth() > 0 && clock_mono() < end;)
		usleep(20000);
	return depth() == 0;
}

static bool
reached(atomic_int *count, int want)
{
	for (int64_t end = clock_mono() + PATIENCE;
	     atomic_load(count) < want && clock_mono() < end;)
		usleep(20000);
	return atomic_load(count) >= want;
}

static void
test_delivered_once(void **state)
{
	struct outbox_worker *w;

	smtp_server_start(&server, SMTP_ACCEPT);
	promise("verify_email", NULL, clock_now());
	w = start_worker();
	assert_true(drained());
	for (int i = 0; i < 30; i++)
		promise("verify_email", NULL, clock_now());
	assert_true(drained());
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.accepted), 31);
	assert_int_equal(atomic_load(&server.connections), 1);
	assert_true(str_has(str_of(server.message), S("\n123456\n")));
	assert_true(str_has(str_of(server.message), S("accounts.example.com")));
	smtp_server_stop(&server);
}

static void
test_retried(void **state)
{
	struct outbox_worker *w;
	int64_t start = clock_mono();

	smtp_server_start(&server, SMTP_DEFER);
	w = start_worker();
	promise("verify_email", NULL, clock_now());
	assert_true(reached(&server.tried, 1));
	atomic_store(&server.mode, SMTP_ACCEPT);
	assert_true(drained());
	assert_true(clock_mono() - start > 3 * SECOND);
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.accepted), 1);
	smtp_server_stop(&server);
}

/* While nobody takes mail, one connection is tried for all rows. (The first pause is of at least
 * 3.75 s: what a machine that stalls gets to see later tells nothing.) */
static void
test_away(void **state)
{
	int64_t start = clock_mono(), rows;
	struct outbox_worker *w;
	int tried;

	smtp_server_start(&server, SMTP_DROP);
	for (int i = 0; i < 5; i++)
		promise("verify_email", NULL, clock_now());
	w = start_worker();
	assert_true(reached(&server.dropped, 1));
	atomic_store(&server.mode, SMTP_ACCEPT);
	usleep(1000000);
	promise("verify_email", NULL, clock_now());
	usleep(1000000);
	tried = atomic_load(&server.tried);
	rows = depth();
	if (clock_mono() - start < 3700 * MILLISECOND) {
		assert_int_equal(tried, 1);
		assert_int_equal(rows, 6);
	}
	assert_true(drained());
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.accepted), 6);
	smtp_server_stop(&server);
}

static void
test_dropped(void **state)
{
	static const struct {
		const char *name, *template, *expires_at;
		int64_t age;
		enum smtp_mode mode;
		int tried;
	} rows[] = {
		{"refused", "verify_email", NULL, 0, SMTP_REFUSE, 1},
		{"message refused", "verify_email", NULL, 0, SMTP_REFUSE_DATA, 1},
		{"expired", "verify_email", "2001-01-01T00:00:00Z", 0, SMTP_ACCEPT, 0},
		{"not expired", "verify_email", "2999-01-01T00:00:00Z", 0, SMTP_ACCEPT, 1},
		{"too old", "verify_email", NULL, 25 * HOUR, SMTP_ACCEPT, 0},
		{"nearly too old", "verify_email", NULL, 23 * HOUR, SMTP_ACCEPT, 1},
		{"unknown template", "no_such", NULL, 0, SMTP_ACCEPT, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outbox_worker *w;

		print_message("%s\n", rows[i].name);
		smtp_server_start(&server, rows[i].mode);
		promise(rows[i].template, rows[i].expires_at, clock_now() - rows[i].age);
		w = start_worker();
		assert_true(drained());
		outbox_worker_stop(w);
		assert_int_equal(atomic_load(&server.tried), rows[i].tried);
		smtp_server_stop(&server);
	}
}

static void
test_stop_while_hanging(void **state)
{
	struct outbox_worker *w;
	int64_t start;

	smtp_server_start(&server, SMTP_HANG);
	promise("verify_email", NULL, clock_now());
	w = start_worker();
	assert_true(reached(&server.connections, 1));
	start = clock_mono();
	outbox_worker_stop(w);
	assert_true(clock_mono() - start < 10 * SECOND);
	smtp_server_stop(&server);
	assert_int_equal(depth(), 1);
	close_store();
	open_store();
	smtp_server_start(&server, SMTP_ACCEPT);
	w = start_worker();
	assert_true(drained());
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.accepted), 1);
	smtp_server_stop(&server);
}

/* A row that was sealed for another id is no message of ours. */
static enum err
forge(struct ctx *c, void *arg)
{
	struct outbox_row row = {
		.channel = S("email"), .created_at = clock_now(), .next_at = clock_now()};

	TRY(uuid_new(&row.id));
	TRY(seal(c, S("outbox:other"),
		 S("{\"to\":\"a@b.c\",\"template\":\"verify_email\",\"vars\":{}}"), &row.payload));
	return outbox_insert(c, &row);
}

static void
test_forged(void **state)
{
	struct outbox_worker *w;

	smtp_server_start(&server, SMTP_ACCEPT);
	assert_int_equal(store_write(&cx, forge, NULL), OK);
	w = start_worker();
	assert_true(drained());
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.tried), 0);
	smtp_server_stop(&server);
}

/* What only equals a mail in work is not kept. */
static void
test_for_nobody(void **state)
{
	struct outbox_worker *w;

	smtp_server_start(&server, SMTP_ACCEPT);
	promise_on("void", "reset_password", NULL, clock_now());
	w = start_worker();
	assert_true(drained());
	promise_on("void", "reset_password", NULL, clock_now());
	assert_true(drained());
	outbox_worker_stop(w);
	assert_int_equal(atomic_load(&server.connections), 0);
	smtp_server_stop(&server);
}

static void
test_bad_settings(void **state)
{
	struct outbox_worker *w;

	config.mail_url = secret_of(S("ftp://example.com"));
	assert_int_equal(outbox_worker_start(&cx, &w), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered_once),
		cmocka_unit_test(test_retried),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_stop_while_hanging),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_for_nobody),
		cmocka_unit_test(test_bad_settings),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
