/* Log lines: form, escapes, masks, and when they are written. */
#include "row.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/log.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static int old_stderr, captured;

static int64_t
fixed(void)
{
	return 1795168800 * SECOND + 7 * MILLISECOND;
}

static int
capture(void **state)
{
	captured = memfd_create("log", 0);
	old_stderr = dup(STDERR_FILENO);
	clock_inject(fixed);
	return captured < 0 || old_stderr < 0 || dup2(captured, STDERR_FILENO) < 0;
}

static int
give_back(void **state)
{
	clock_inject(NULL);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	return close(captured);
}

/* What was written since the last call. */
static struct str
written(struct buf *b)
{
	char piece[4096];
	ssize_t n;

	buf_clear(b);
	lseek(captured, 0, SEEK_SET);
	while ((n = read(captured, piece, sizeof(piece))) > 0)
		buf_add(b, piece, (size_t)n);
	if (ftruncate(captured, 0) != 0)
		die("ftruncate");
	lseek(captured, 0, SEEK_SET);
	return buf_view(b);
}

#define HEAD "time=2026-11-20T10:00:00.007Z level=info event=it"
#define JSON_HEAD "{\"time\":\"2026-11-20T10:00:00.007Z\",\"level\":\"info\",\"event\":\"it\""

static void
values(void **state)
{
	static const struct {
		struct str input;
		const char *logfmt, *json;
	} rows[] = {
		{S("plain/1:2,{}"), "plain/1:2,{}", "\"plain/1:2,{}\""},
		{S(""), "\"\"", "\"\""},
		{S("a b"), "\"a b\"", "\"a b\""},
		{S("a=b"), "\"a=b\"", "\"a=b\""},
		{S("a\"b\\"), "\"a\\\"b\\\\\"", "\"a\\\"b\\\\\""},
		{S("a\nlevel=error\r\t"), "\"a\\nlevel=error\\r\\t\"", "\"a\\nlevel=error\\r\\t\""},
		{S("\x1B[31m"), "\"\\u001b[31m\"", "\"\\u001b[31m\""},
		{S("a\0b"), "\"a\\u0000b\"", "\"a\\u0000b\""},
		{S("\x7F"), "\"\\u007f\"", "\"\\u007f\""},
		{S("\xC2\x9B"), "\"\\u009b\"", "\"\\u009b\""},
		{S("\xC3\xA4\xF0\x9F\x98\x80"), "\"\xC3\xA4\xF0\x9F\x98\x80\"",
		 "\"\xC3\xA4\xF0\x9F\x98\x80\""},
		{S("\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6"), "\"\\u202e\\u2028\\u2066\"",
		 "\"\\u202e\\u2028\\u2066\""},
		{S("\xF3\xA0\x81\x81"), "\"\\udb40\\udc41\"", "\"\\udb40\\udc41\""},
		{S("a\xFFz\xC0"), "\"a\\ufffdz\\ufffd\"", "\"a\\ufffdz\\ufffd\""},
	};
	struct buf got CLEANUP_BUF, want CLEANUP_BUF;

	buf_init(&got, 1 << 20);
	buf_init(&want, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json *v CLEANUP_JSON = NULL;

		log_setup(LOG_LOGFMT, LOG_INFO);
		log_event(NULL, LOG_INFO, "it", LOG_STR("v", rows[i].input));
		buf_clear(&want);
		buf_printf(&want, HEAD " v=%s\n", rows[i].logfmt);
		assert_str(written(&got), buf_view(&want));

		log_setup(LOG_JSON, LOG_INFO);
		log_event(NULL, LOG_INFO, "it", LOG_STR("v", rows[i].input));
		buf_clear(&want);
		buf_printf(&want, JSON_HEAD ",\"v\":%s}\n", rows[i].json);
		assert_str(written(&got), buf_view(&want));
		assert_int_equal(json_parse_object(NULL, buf_view(&got), &v), OK);
	}
}

static void
fields(void **state)
{
	static const struct uuid id = {{0x01}};
	struct ctx cx = {.request_id = S("req-1")};
	struct buf got CLEANUP_BUF;

	buf_init(&got, 1 << 20);
	log_setup(LOG_LOGFMT, LOG_INFO);
	log_event(&cx, LOG_INFO, "it", LOG_INT("n", -5), LOG_UUID("user", &id), LOG_Z("gone", NULL),
		  LOG_UUID("none", NULL), LOG_INT("least", INT64_MIN));
	assert_str(written(&got),
		   S(HEAD " request_id=req-1 n=-5 user=01000000-0000-0000-0000-000000000000"
			  " least=-9223372036854775808\n"));
	log_setup(LOG_JSON, LOG_INFO);
	log_event(&cx, LOG_INFO, "it", LOG_INT("n", 7));
	assert_str(written(&got), S(JSON_HEAD ",\"request_id\":\"req-1\",\"n\":7}\n"));
	log_event(NULL, LOG_INFO, "it");
	assert_str(written(&got), S(JSON_HEAD "}\n"));
}

static void
mails(void **state)
{
	static const struct {
		struct str input;
		const char *want;
	} rows[] = {
		{S("alice@example.com"), "a***@example.com"},
		{S("a@example.com"), "a***@example.com"},
		{S("\"a@b\"@example.com"), "\"\\\"***@example.com\""},
		{S("\xC3\xA4lice@example.com"), "\"\xC3\xA4***@example.com\""},
		{S("alice"), "a***"},
		{S("@example.com"), "***@example.com"},
		{S(""), "***"},
	};
	struct buf got CLEANUP_BUF, want CLEANUP_BUF;

	buf_init(&got, 1 << 20);
	buf_init(&want, 1 << 20);
	log_setup(LOG_LOGFMT, LOG_INFO);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		log_event(NULL, LOG_INFO, "it", LOG_EMAIL("v", rows[i].input));
		buf_clear(&want);
		buf_printf(&want, HEAD " v=%s\n", rows[i].want);
		assert_str(written(&got), buf_view(&want));
	}
}

static void
too_much(void **state)
{
	static char wide[3000], narrow[3000];
	struct json *v CLEANUP_JSON = NULL;
	struct buf got CLEANUP_BUF;

	memset(wide, 1, sizeof(wide));
	memset(narrow, 'x', sizeof(narrow));
	buf_init(&got, 1 << 20);
	log_setup(LOG_JSON, LOG_INFO);
	log_event(NULL, LOG_INFO, "it", LOG_STR("one", ((struct str){wide, sizeof(wide)})),
		  LOG_STR("two", ((struct str){wide, sizeof(wide)})),
		  LOG_STR("three", ((struct str){narrow, sizeof(narrow)})), LOG_INT("four", 4));
	assert_int_equal(json_parse_object(NULL, written(&got), &v), OK);
	assert_true(json_string(json_member(v, "one")).n == 1024 + 3);
	assert_null(json_member(v, "two"));
	assert_true(json_string(json_member(v, "three")).n == 1024 + 3);
	assert_non_null(json_member(v, "four"));
}

static void
cut_between_characters(void **state)
{
	char text[1100];
	struct buf got CLEANUP_BUF;

	memset(text, 'x', sizeof(text));
	memcpy(text + 1022, "\xE2\x82\xAC", 3);
	buf_init(&got, 1 << 20);
	log_setup(LOG_LOGFMT, LOG_INFO);
	log_event(NULL, LOG_INFO, "it", LOG_STR("v", ((struct str){text, sizeof(text)})));
	assert_true(str_ends(written(&got), S("xxxx...\"\n")));
}

static void
levels(void **state)
{
	struct buf got CLEANUP_BUF;

	buf_init(&got, 1 << 20);
	log_setup(LOG_LOGFMT, LOG_WARNING);
	log_event(NULL, LOG_DEBUG, "it");
	log_event(NULL, LOG_INFO, "it");
	assert_str(written(&got), S(""));
	log_event(NULL, LOG_WARNING, "it");
	log_event(NULL, LOG_ERROR, "it");
	assert_str(written(&got), S("time=2026-11-20T10:00:00.007Z level=warning event=it\n"
				    "time=2026-11-20T10:00:00.007Z level=error event=it\n"));
}

static void
laziness(void **state)
{
	struct buf got CLEANUP_BUF;

	buf_init(&got, 1 << 20);
	log_setup(LOG_LOGFMT, LOG_INFO);
	log_lazily(NULL, LOG_INFO, "it", LOG_INT("n", 1));
	assert_str(written(&got), S(""));
	log_event(NULL, LOG_INFO, "it", LOG_INT("n", 2));
	assert_str(written(&got), S(HEAD " n=1\n" HEAD " n=2\n"));
	log_lazily(NULL, LOG_INFO, "it", LOG_INT("n", 3));
	log_flush();
	assert_str(written(&got), S(HEAD " n=3\n"));
	log_flush();
	assert_str(written(&got), S(""));
	for (int i = 0; i < 1000; i++)
		log_lazily(NULL, LOG_INFO, "it", LOG_INT("n", 4));
	assert_true(written(&got).n >= 32 << 10);
	log_flush();
	written(&got);
}

static void *
many(void *arg)
{
	for (int i = 0; i < 2000; i++)
		log_write(NULL, LOG_INFO, S("it"), &LOG_INT("n", 123456789), 1, i % 100 == 0);
	return NULL;
}

static void
threads_do_not_mix(void **state)
{
	pthread_t threads[4];
	struct buf got CLEANUP_BUF;
	struct str rest, line;
	size_t n = 0;

	buf_init(&got, 8 << 20);
	log_setup(LOG_LOGFMT, LOG_INFO);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	log_flush();
	rest = written(&got);
	while (str_cut(&rest, '\n', &line) && line.n > 0) {
		assert_str(line, S(HEAD " n=123456789"));
		n++;
	}
	assert_int_equal(n, 8000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),   cmocka_unit_test(fields),
		cmocka_unit_test(mails),    cmocka_unit_test(too_much),
		cmocka_unit_test(levels),   cmocka_unit_test(cut_between_characters),
		cmocka_unit_test(laziness), cmocka_unit_test(threads_do_not_mix),
	};

	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	return cmocka_run_group_tests(tests, capture, give_back);
}
