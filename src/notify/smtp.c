/*
 * Sends a mail by libcurl. The one question that libcurl does not answer well is whose fault a
 * failure was, and the outbox must know: a refused recipient is final, a server that is away is
 * not. So the client watches the commands that go out: the reply code and the command it answers
 * decide.
 */
#include "notify/smtp.h"

#include "notify/curl.h"

#include <sys/socket.h>

#define CONNECT_SECONDS 10L
#define WHOLE_SECONDS 30L
#define QUIET_SECONDS 20L /* at less than a byte a second */
#define KEEP_SECONDS 20L  /* an idle connection older than this is not used again */

struct smtp {
	const struct smtp_server *server;
	const atomic_bool *stop;
	const struct curl_api *curl;
	CURL *handle;
	struct str unsent; /* rest of the message that is being sent */
	char step[5];      /* first letters of the last command */
	char why[CURL_ERROR_SIZE];
};

struct smtp *
smtp_new(const struct smtp_server *server, const atomic_bool *stop)
{
	struct smtp *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	s->server = server;
	s->stop = stop;
	return s;
}

/* A kept connection is cut first: libcurl would say QUIT and wait for an answer, however long that
 * takes. */
static void
drop_handle(struct smtp *s)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!s->handle)
		return;
	if (s->curl->easy_getinfo(s->handle, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
	s->curl->easy_cleanup(s->handle);
	s->handle = NULL;
}

void
smtp_free(struct smtp *s)
{
	if (!s)
		return;
	drop_handle(s);
	free(s);
}

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct smtp *s = arg;
	size_t n = size * count;

	if (n > s->unsent.n)
		n = s->unsent.n;
	memcpy(out, s->unsent.p, n);
	s->unsent = str_from(s->unsent, n);
	return n;
}

static size_t
on_write(char *data, size_t size, size_t count, void *arg)
{
	return size * count;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct smtp *s = arg;

	return atomic_load(s->stop) ? 1 : 0;
}

/* Keeps the first four letters of each command but QUIT and nothing else: what follows may be a
 * password. */
static int
on_debug(CURL *handle, curl_infotype type, char *data, size_t n, void *arg)
{
	struct smtp *s = arg;

	if (type != CURLINFO_HEADER_OUT || n < 4 || memcmp(data, "QUIT", 4) == 0)
		return 0;
	for (size_t i = 0; i < 4; i++)
		if (data[i] < 'A' || data[i] > 'Z')
			return 0;
	memcpy(s->step, data, 4);
	return 0;
}

struct option {
	CURLcode code; /* of the first that failed */
	struct smtp *s;
};

static void
set_long(struct option *o, CURLoption option, long value)
{
	if (o->code == CURLE_OK)
		o->code = o->s->curl->easy_setopt(o->s->handle, option, value);
}

static void
set_pointer(struct option *o, CURLoption option, const void *value)
{
	if (o->code == CURLE_OK)
		o->code = o->s->curl->easy_setopt(o->s->handle, option, value);
}

#define set_function(o, option, function)                                                          \
	do {                                                                                       \
		if ((o)->code == CURLE_OK)                                                         \
			(o)->code =                                                                \
				(o)->s->curl->easy_setopt((o)->s->handle, (option), (function));   \
	} while (0)

static void
set_callbacks(struct option *o)
{
	set_function(o, CURLOPT_READFUNCTION, on_read);
	set_pointer(o, CURLOPT_READDATA, o->s);
	set_function(o, CURLOPT_WRITEFUNCTION, on_write);
	set_function(o, CURLOPT_HEADERFUNCTION, on_write);
	set_function(o, CURLOPT_XFERINFOFUNCTION, on_progress);
	set_pointer(o, CURLOPT_XFERINFODATA, o->s);
	set_long(o, CURLOPT_NOPROGRESS, 0);
	set_function(o, CURLOPT_DEBUGFUNCTION, on_debug);
	set_pointer(o, CURLOPT_DEBUGDATA, o->s);
	set_long(o, CURLOPT_VERBOSE, 1);
	set_pointer(o, CURLOPT_ERRORBUFFER, o->s->why);
}

static void
set_bounds(struct option *o)
{
	set_long(o, CURLOPT_NOSIGNAL, 1);
	set_long(o, CURLOPT_QUICK_EXIT, 1);
	set_long(o, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	set_long(o, CURLOPT_TIMEOUT, WHOLE_SECONDS);
	set_long(o, CURLOPT_SERVER_RESPONSE_TIMEOUT, WHOLE_SECONDS);
	set_long(o, CURLOPT_LOW_SPEED_LIMIT, 1);
	set_long(o, CURLOPT_LOW_SPEED_TIME, QUIET_SECONDS);
	set_long(o, CURLOPT_MAXAGE_CONN, KEEP_SECONDS);
	set_long(o, CURLOPT_MAXCONNECTS, 1);
	set_pointer(o, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	set_pointer(o, CURLOPT_PROXY, "");
}

static void
set_server(struct option *o)
{
	const struct smtp_server *server = o->s->server;
	bool implicit = strncmp(server->url, "smtps:", 6) == 0;
	long verify = implicit || !server->loopback;

	set_pointer(o, CURLOPT_URL, server->url);
	set_long(o, CURLOPT_USE_SSL,
		 server->loopback ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
	set_long(o, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set_long(o, CURLOPT_SSL_VERIFYPEER, verify);
	set_long(o, CURLOPT_SSL_VERIFYHOST, verify ? 2 : 0);
	if (server->user) {
		set_pointer(o, CURLOPT_USERNAME, server->user);
		set_pointer(o, CURLOPT_PASSWORD, server->password);
	}
	set_long(o, CURLOPT_SASL_IR, 1);
	set_pointer(o, CURLOPT_MAIL_FROM, server->from);
}

static CURLcode
set_up(struct smtp *s, const struct curl_slist *to, size_t size)
{
	struct option o = {CURLE_OK, s};

	s->curl->easy_reset(s->handle); /* keeps the connection */
	set_callbacks(&o);
	set_bounds(&o);
	set_server(&o);
	set_pointer(&o, CURLOPT_MAIL_RCPT, to);
	set_long(&o, CURLOPT_UPLOAD, 1);
	if (o.code == CURLE_OK)
		o.code =
			s->curl->easy_setopt(s->handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
	return o.code;
}

static enum mail_result
judge(const struct smtp *s, CURLcode code, long reply)
{
	bool ours = strcmp(s->step, "RCPT") == 0 || strcmp(s->step, "DATA") == 0;

	if (code == CURLE_OK)
		return MAIL_SENT;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return MAIL_STOPPED;
	if (ours && reply >= 500 && reply <= 599)
		return MAIL_REFUSED;
	if (ours && reply >= 400 && reply <= 499 && reply != 421)
		return MAIL_LATER;
	return MAIL_AWAY;
}

static enum mail_result
perform(struct smtp *s, const struct curl_slist *to, struct str message, struct mail_report *report)
{
	CURLcode code = set_up(s, to, message.n);
	long reply = 0;

	s->unsent = message;
	if (code == CURLE_OK) {
		code = s->curl->easy_perform(s->handle);
		s->curl->easy_getinfo(s->handle, CURLINFO_RESPONSE_CODE, &reply);
	}
	report->reply = (int)reply;
	if (code != CURLE_OK && s->why[0])
		report->why = s->why;
	else if (code != CURLE_OK)
		report->why = s->curl->easy_strerror(code);
	return judge(s, code, reply);
}

enum mail_result
smtp_send(struct ctx *cx, struct smtp *s, struct str to, struct str message,
	  struct mail_report *report)
{
	struct curl_slist *list;
	enum mail_result result;

	memset(s->step, 0, sizeof(s->step));
	s->why[0] = '\0';
	*report = (struct mail_report){0, s->step, CURL_MISSING};
	s->curl = curl_open();
	if (!s->curl)
		return MAIL_AWAY;
	if (!s->handle)
		s->handle = s->curl->easy_init();
	list = s->curl->slist_append(NULL,
				     str_z(cx->arena, str_print(cx->arena, "<%.*s>", STR_ARG(to))));
	report->why = "";
	result = s->handle && list ? perform(s, list, message, report) : MAIL_AWAY;
	s->curl->slist_free_all(list);
	if (result != MAIL_SENT)
		drop_handle(s);
	return result;
}
