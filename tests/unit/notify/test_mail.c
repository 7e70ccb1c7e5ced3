/* Handing mails over: to servers of every temper, and to the terminal. */
#include "../unit.h"

#include "base/clock.h"
#include "notify/mail.h"
#include "smtp_server.h"

#include <fcntl.h>

static struct arena arena;
static struct config config;
static struct ctx cx = {.arena = &arena, .config = &config};
static atomic_bool stop;

static int
set_up(void **state)
{
	arena_init(&arena, 64 * 1024 * 1024);
	config.mail_from = S("Aldgate <no-reply@example.com>");
	config.server_public_url = S("https://accounts.example.com:8443/base");
	return 0;
}

static int
tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static const struct mail hello = {
	.to = {"alice@example.net", 17},
	.subject = {"Hello", 5},
	.text = {"123456\n.dot\n", 12},
	.html = {"<p>123456</p>\n", 14},
};

static struct mailer *
open_mailer(const smtp_server_t *server, const char *userinfo)
{
	struct mailer *m;

	config.mail_url =
		secret_of(str_print(&arena, "smtp://%s127.0.0.1:%d", userinfo, server->port));
	atomic_store(&stop, false);
	assert_int_equal(mailer_open(&cx, &stop, &m), OK);
	return m;
}

static void
test_settings(void **state)
{
	static const struct {
		const char *url, *from;
		enum err want;
	} rows[] = {
		{"console:", "a@b.c", OK},
		{"smtp://mail.example.com", "A <a@b.c>", OK},
		{"smtp://mail.example.com:587/", "A <a@b.c>", OK},
		{"smtps://user:p%40ss@mail.example.com:465", "A <a@b.c>", OK},
		{"smtp://user@example.com:p@ss@mail.example.com", "A <a@b.c>", OK},
		{"smtp://[::1]:25", "A <a@b.c>", OK},
		{"smtp://user:p%zz@mail.example.com", "A <a@b.c>", ERR_INVALID},
		{"smtp://:pass@mail.example.com", "A <a@b.c>", ERR_INVALID},
		{"smtp://", "A <a@b.c>", ERR_INVALID},
		{"smtp://mail.example.com/path", "A <a@b.c>", ERR_INVALID},
		{"smtp://mail.example.com?x", "A <a@b.c>", ERR_INVALID},
		{"smtp://mail.example.com\r\n", "A <a@b.c>", ERR_INVALID},
		{"http://mail.example.com", "A <a@b.c>", ERR_INVALID},
		{"mail.example.com", "A <a@b.c>", ERR_INVALID},
		{"console:", "nobody", ERR_INVALID},
		{"console:", "A\r\nX: y <a@b.c>", ERR_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config c = {
			.mail_url = secret_of(str_of(rows[i].url)),
			.mail_from = str_of(rows[i].from),
			.server_public_url = S("http://127.0.0.1:8080"),
		};
		struct ctx mine = {.arena = &arena, .config = &c};
		struct mailer *m = NULL;

		print_message("%s %s\n", rows[i].url, rows[i].from);
		assert_int_equal(mailer_open(&mine, &stop, &m), rows[i].want);
		assert_int_equal(str_absent(mine.fault.detail), rows[i].want == OK);
		mailer_close(m);
	}
}

static void
test_results(void **state)
{
	static const struct {
		const char *name;
		enum smtp_mode mode;
		enum mail_result want;
		const char *step;
		int reply;
	} rows[] = {
		{"accept", SMTP_ACCEPT, MAIL_SENT, NULL, 0},
		{"451 to RCPT", SMTP_DEFER, MAIL_LATER, "RCPT", 451},
		{"550 to RCPT", SMTP_REFUSE, MAIL_REFUSED, "RCPT", 550},
		{"554 to the message", SMTP_REFUSE_DATA, MAIL_REFUSED, "DATA", 554},
		{"550 to MAIL", SMTP_REFUSE_SENDER, MAIL_AWAY, "MAIL", 550},
		{"drop", SMTP_DROP, MAIL_AWAY, "DATA", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mail_report report;
		smtp_server_t server;
		struct mailer *m;

		print_message("%s\n", rows[i].name);
		smtp_server_start(&server, rows[i].mode);
		m = open_mailer(&server, "");
		assert_int_equal(mailer_send(&cx, m, &hello, &report), rows[i].want);
		if (rows[i].step)
			assert_string_equal(report.step, rows[i].step);
		if (rows[i].reply)
			assert_int_equal(report.reply, rows[i].reply);
		mailer_close(m);
		smtp_server_stop(&server);
	}
}

static void
test_delivery(void **state)
{
	struct mail_report report;
	smtp_server_t server;
	struct mailer *m;

	smtp_server_start(&server, SMTP_ACCEPT);
	m = open_mailer(&server, "us%40er:p%3Ass@");
	for (int i = 0; i < 3; i++)
		assert_int_equal(mailer_send(&cx, m, &hello, &report), MAIL_SENT);
	assert_int_equal(atomic_load(&server.accepted), 3);
	assert_int_equal(atomic_load(&server.connections), 1);
	assert_string_equal(server.recipient, "RCPT TO:<alice@example.net>");
	assert_string_equal(server.hello, "EHLO accounts.example.com");
	assert_string_equal(server.auth, "AUTH PLAIN AHVzQGVyAHA6c3M=");
	assert_true(str_has(str_of(server.message), S("\n\n123456\n..dot\n--=_")));
	assert_true(str_has(str_of(server.message), S("\nTo: alice@example.net\n")));
	mailer_close(m);
	smtp_server_stop(&server);
}

static void
test_login_refused(void **state)
{
	struct mail_report report;
	smtp_server_t server;
	struct mailer *m;

	smtp_server_start(&server, SMTP_REFUSE_LOGIN);
	m = open_mailer(&server, "user:pass@");
	assert_int_equal(mailer_send(&cx, m, &hello, &report), MAIL_AWAY);
	assert_false(str_has(str_of(report.why), S("pass")));
	mailer_close(m);
	smtp_server_stop(&server);
}

static void
test_nobody_there(void **state)
{
	struct mail_report report;
	smtp_server_t server;
	struct mailer *m;

	smtp_server_start(&server, SMTP_ACCEPT);
	m = open_mailer(&server, "");
	smtp_server_stop(&server);
	assert_int_equal(mailer_send(&cx, m, &hello, &report), MAIL_AWAY);
	assert_true(strlen(report.why) > 0);
	mailer_close(m);
}

static void *
stop_soon(void *arg)
{
	usleep(300000);
	atomic_store(&stop, true);
	return NULL;
}

/* Servers that would hold a mail up for twenty seconds and more are left soon after the stop. */
static void
test_stop(void **state)
{
	static const struct {
		const char *name;
		enum smtp_mode mode;
	} rows[] = {
		{"hang", SMTP_HANG},
		{"garbage", SMTP_GARBAGE},
		{"flood", SMTP_FLOOD},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mail_report report;
		smtp_server_t server;
		struct mailer *m;
		pthread_t thread;
		enum mail_result result;
		int64_t start;

		print_message("%s\n", rows[i].name);
		smtp_server_start(&server, rows[i].mode);
		m = open_mailer(&server, "");
		start = clock_mono();
		assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
		result = mailer_send(&cx, m, &hello, &report);
		pthread_join(thread, NULL);
		assert_true(result == MAIL_STOPPED || result == MAIL_AWAY);
		mailer_close(m);
		assert_true(clock_mono() - start < 10 * SECOND);
		smtp_server_stop(&server);
	}
}

static void
test_hang_on_quit(void **state)
{
	struct mail_report report;
	smtp_server_t server;
	struct mailer *m;
	int64_t start;

	smtp_server_start(&server, SMTP_HANG_ON_QUIT);
	m = open_mailer(&server, "");
	assert_int_equal(mailer_send(&cx, m, &hello, &report), MAIL_SENT);
	start = clock_mono();
	mailer_close(m);
	assert_true(clock_mono() - start < 10 * SECOND);
	smtp_server_stop(&server);
}

/* What the mail looks like on the terminal. */
static struct str
printed(const struct mail *mail, enum mail_result *result)
{
	struct mail_report report;
	struct mailer *m;
	int saved = dup(STDOUT_FILENO), pipe_fds[2];
	char *p = arena_alloc(&arena, 65536);
	ssize_t n;

	config.mail_url = secret_of(S("console:"));
	atomic_store(&stop, false);
	assert_int_equal(mailer_open(&cx, &stop, &m), OK);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	fflush(stdout);
	dup2(pipe_fds[1], STDOUT_FILENO);
	*result = mailer_send(&cx, m, mail, &report);
	dup2(saved, STDOUT_FILENO);
	n = read(pipe_fds[0], p, 65536);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(saved);
	mailer_close(m);
	return (struct str){p, n > 0 ? (size_t)n : 0};
}

static void
test_console(void **state)
{
	struct mail mail = hello;
	enum mail_result result;

	mail.text = S("Code:\n\n123456\n\x1b[2J\xc3\xa4\n");
	assert_str(printed(&mail, &result),
		   S("\n---- mail ----------------------------------------------------------\n"
		     "To: alice@example.net\nSubject: Hello\n\n"
		     "Code:\n\n123456\n\\x1b[2J\xc3\xa4\n"
		     "---- end of mail ---------------------------------------------------\n\n"));
	assert_int_equal(result, MAIL_SENT);
	mail.subject = S("a\r\nb");
	assert_int_equal(printed(&mail, &result).n, 0);
	assert_int_equal(result, MAIL_UNFIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),     cmocka_unit_test(test_results),
		cmocka_unit_test(test_delivery),     cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_nobody_there), cmocka_unit_test(test_stop),
		cmocka_unit_test(test_hang_on_quit), cmocka_unit_test(test_console),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
