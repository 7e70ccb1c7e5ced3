/* What was counted is told, once, in Prometheus' text format. */
#include "row.h"

#include "base/metrics.h"

#include <pthread.h>

#define TEXT_MAX (1 << 20)
#define THREADS 12
#define EACH 1000

static struct buf text;

static void
has(const char *line)
{
	struct buf whole CLEANUP_BUF;

	buf_init(&whole, 512);
	buf_printf(&whole, "\n%s\n", line);
	if (!str_has(buf_view(&text), buf_view(&whole)))
		fail_row("no line \"%s\" in:\n%.*s", line, STR_ARG(buf_view(&text)));
}

static void
has_not(const char *piece)
{
	if (str_has(buf_view(&text), str_of(piece)))
		fail_row("\"%s\" in:\n%.*s", piece, STR_ARG(buf_view(&text)));
}

static const char *
name(unsigned route)
{
	return route == 0 ? "none" : route == 1 ? "login" : "quiet";
}

static void
rewrite(void)
{
	buf_clear(&text);
	buf_char(&text, '\n');
	metrics_write_requests(3, name, &text);
	metrics_write(&text);
	assert_false(text.full);
}

static int
fresh(void **state)
{
	buf_init(&text, TEXT_MAX);
	return 0;
}

static int
tidy(void **state)
{
	buf_release(&text);
	return 0;
}

static void
counters(void **state)
{
	metric_count(METRIC_SESSIONS_OPENED);
	metric_add(METRIC_SESSIONS_REVOKED, 3);
	metric_add(METRIC_CONNECTIONS_OPEN, 5);
	metric_add(METRIC_CONNECTIONS_OPEN, -2);
	metric_login(OK);
	metric_login(ERR_CREDENTIALS);
	metric_login(ERR_CREDENTIALS);
	rewrite();
	has("# TYPE aldgate_sessions_total counter");
	has("aldgate_sessions_total{event=\"opened\"} 1");
	has("aldgate_sessions_total{event=\"revoked\"} 3");
	has("aldgate_sessions_total{event=\"refreshed\"} 0");
	has("# TYPE aldgate_connections_open gauge");
	has("aldgate_connections_open 3");
	has("aldgate_logins_total{outcome=\"success\"} 1");
	has("aldgate_logins_total{outcome=\"invalid_credentials\"} 2");
	has_not("outcome=\"account_locked\"");
}

static void
requests(void **state)
{
	metric_request(1, 200, 240);
	metric_request(1, 200, 251);
	metric_request(1, 401, 3 * SECOND);
	metric_request(1, 418, 60 * SECOND);
	metric_request(0, 404, 1);
	metric_request(METRIC_ROUTES_MOST + 7, 404, 1);
	rewrite();
	has("aldgate_http_requests_total{route=\"login\",status=\"200\"} 2");
	has("aldgate_http_requests_total{route=\"login\",status=\"401\"} 1");
	has("aldgate_http_requests_total{route=\"login\",status=\"other\"} 1");
	has("aldgate_http_requests_total{route=\"none\",status=\"404\"} 2");
	has("# TYPE aldgate_http_request_seconds histogram");
	has("aldgate_http_request_seconds_bucket{route=\"login\",le=\"0.00025\"} 1");
	has("aldgate_http_request_seconds_bucket{route=\"login\",le=\"0.0005\"} 2");
	has("aldgate_http_request_seconds_bucket{route=\"login\",le=\"2.5\"} 2");
	has("aldgate_http_request_seconds_bucket{route=\"login\",le=\"5\"} 3");
	has("aldgate_http_request_seconds_bucket{route=\"login\",le=\"+Inf\"} 4");
	has("aldgate_http_request_seconds_sum{route=\"login\"} 63.000491");
	has("aldgate_http_request_seconds_count{route=\"login\"} 4");
	has_not("quiet");
}

static void
timers(void **state)
{
	metric_time(TIMER_STORE_WRITE, 1500);
	rewrite();
	has("aldgate_store_seconds_bucket{kind=\"write\",le=\"0.001\"} 0");
	has("aldgate_store_seconds_bucket{kind=\"write\",le=\"0.0025\"} 1");
	has("aldgate_store_seconds_sum{kind=\"write\"} 0.001500");
	has("aldgate_store_seconds_count{kind=\"write\"} 1");
	has("aldgate_store_seconds_count{kind=\"read\"} 0");
}

/* Each name has one head, ahead of all its lines. */
static void
heads_once(void **state)
{
	struct str rest, line = STR_NONE, seen[64];
	size_t n = 0;

	rewrite();
	rest = buf_view(&text);
	while (str_cut(&rest, '\n', &line)) {
		if (!str_starts(line, S("# TYPE ")))
			continue;
		for (size_t i = 0; i < n; i++)
			if (str_eq(seen[i], line))
				fail_row("twice: %.*s", STR_ARG(line));
		assert_true(n < ARRAY_LEN(seen));
		seen[n++] = line;
	}
	assert_true(n >= 8);
}

static void *
count_many(void *arg)
{
	for (int i = 0; i < EACH; i++) {
		metric_count(METRIC_MESSAGES_SENT);
		metric_request(2, 503, 100);
		metric_audit(i % 2 ? "user_locked" : "logout");
	}
	return NULL;
}

static void
many_threads(void **state)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	rewrite();
	has("aldgate_messages_total{result=\"sent\"} 12000");
	has("aldgate_http_requests_total{route=\"quiet\",status=\"503\"} 12000");
	has("aldgate_audit_events_total{action=\"user_locked\"} 6000");
	has("aldgate_audit_events_total{action=\"logout\"} 6000");
}

static void
apart(void **state)
{
	buf_clear(&text);
	buf_char(&text, '\n');
	metric_head(&text, "x", "gauge", "What it is.");
	metric_line(&text, "x", "", 7);
	metric_line(&text, "x", "a=\"b\"", -7);
	metric_seconds(&text, "y_seconds", "", 61 * SECOND + 5);
	assert_str(buf_view(&text), S("\n# HELP aldgate_x What it is.\n# TYPE aldgate_x gauge\n"
				      "aldgate_x 7\naldgate_x{a=\"b\"} -7\n"
				      "aldgate_y_seconds 61.000005\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),     cmocka_unit_test(requests),
		cmocka_unit_test(timers),       cmocka_unit_test(heads_once),
		cmocka_unit_test(many_threads), cmocka_unit_test(apart),
	};

	return cmocka_run_group_tests(tests, fresh, tidy);
}
