/*
 * libcurl with every door shut that is not needed: one scheme pair, no redirects, no proxy from the
 * environment, bounds on time, on silence and on the answer. Addresses are looked at where the
 * connection is made, so that a name that leads elsewhere the second time it is asked gains
 * nothing.
 */
#include "notify/http_post.h"

#include "base/net.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_SECONDS 10L
#define SILENT_SECONDS 30L /* without a byte either way */
#define ANSWER_MAX ((size_t)64 * 1024)

enum err
http_text_rewind(void *arg)
{
	struct http_text *t = arg;

	t->read = false;
	return OK;
}

enum err
http_text_read(void *arg, struct str *piece)
{
	struct http_text *t = arg;

	*piece = t->read ? S("") : t->body;
	t->read = true;
	return OK;
}

static size_t
on_answer(char *data UNUSED, size_t size, size_t count, void *arg)
{
	struct http_poster *p = arg;

	p->answered += size * count;
	return p->answered > ANSWER_MAX ? 0 : size * count;
}

static int
on_progress(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED, curl_off_t c UNUSED,
	    curl_off_t d UNUSED)
{
	const struct http_poster *p = arg;

	return atomic_load(p->stop) ? 1 : 0;
}

static size_t
on_read(char *to, size_t size, size_t count, void *arg)
{
	struct http_poster *p = arg;
	size_t n = size * count;

	if (p->rest.n == 0 && p->now->read(p->now->arg, &p->rest) != OK)
		return CURL_READFUNC_ABORT;
	if (n > p->rest.n)
		n = p->rest.n;
	memcpy(to, p->rest.n ? p->rest.p : "", n);
	p->rest = str_from(p->rest, n);
	return n;
}

/* A kept connection may turn out to be dead when some of the body is gone already. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct http_poster *p = arg;

	p->rest = S("");
	if (offset != 0 || origin != SEEK_SET || p->now->rewind(p->now->arg) != OK)
		return CURL_SEEKFUNC_CANTSEEK;
	return CURL_SEEKFUNC_OK;
}

static bool
ip_of(const struct sockaddr *a, struct ip *out)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (a->sa_family == AF_INET6) {
		memcpy(&six, a, sizeof(six));
		memcpy(out->b, &six.sin6_addr, sizeof(out->b));
		return true;
	}
	if (a->sa_family != AF_INET)
		return false;
	memcpy(&four, a, sizeof(four));
	*out = (struct ip){.b = {[10] = 0xff, [11] = 0xff}};
	memcpy(out->b + 12, &four.sin_addr, 4);
	return true;
}

static bool
peer_ok(const struct http_post *post, const struct sockaddr *peer)
{
	struct ip ip;

	if (!post->guarded)
		return true;
	if (!ip_of(peer, &ip) || ip_is_local_scope(&ip))
		return false;
	return ip_is_loopback(&ip) == host_is_loopback(url_host(str_of(post->url)));
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *peer)
{
	struct http_poster *p = arg;

	if (!peer_ok(p->now, &peer->addr)) {
		p->refused_peer = true;
		return CURL_SOCKET_BAD;
	}
	return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

/* Each option in turn; the first failure is the answer. */
#define SET(p, option, value)                                                                      \
	do {                                                                                       \
		CURLcode code_ = (p)->curl->easy_setopt((p)->handle, (option), (value));           \
		if (code_ != CURLE_OK)                                                             \
			return code_;                                                              \
	} while (0)

static CURLcode
set_bounds(struct http_poster *p)
{
	SET(p, CURLOPT_NOSIGNAL, 1L);
	SET(p, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	SET(p, CURLOPT_TIMEOUT, p->now->seconds);
	SET(p, CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(p, CURLOPT_LOW_SPEED_TIME, SILENT_SECONDS);
	SET(p, CURLOPT_FOLLOWLOCATION, 0L);
	SET(p, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(p, CURLOPT_PROXY, "");
	SET(p, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(p, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(p, CURLOPT_OPENSOCKETDATA, p);
	SET(p, CURLOPT_WRITEFUNCTION, on_answer);
	SET(p, CURLOPT_WRITEDATA, p);
	SET(p, CURLOPT_HEADERFUNCTION, on_answer);
	SET(p, CURLOPT_HEADERDATA, p);
	SET(p, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(p, CURLOPT_XFERINFODATA, p);
	SET(p, CURLOPT_NOPROGRESS, 0L);
	SET(p, CURLOPT_ERRORBUFFER, p->why);
	return CURLE_OK;
}

static CURLcode
set_request(struct http_poster *p, const struct curl_slist *headers)
{
	p->curl->easy_reset(p->handle); /* keeps the connection */
	SET(p, CURLOPT_URL, p->now->url);
	SET(p, CURLOPT_HTTPHEADER, headers);
	SET(p, CURLOPT_POST, 1L);
	SET(p, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->now->size);
	SET(p, CURLOPT_READFUNCTION, on_read);
	SET(p, CURLOPT_READDATA, p);
	SET(p, CURLOPT_SEEKFUNCTION, on_seek);
	SET(p, CURLOPT_SEEKDATA, p);
	return set_bounds(p);
}

static enum http_outcome
perform(struct http_poster *p, const struct curl_slist *headers, struct mail_report *report)
{
	CURLcode code = set_request(p, headers);
	long status = 0;

	if (code == CURLE_OK && on_seek(p, 0, SEEK_SET) != CURL_SEEKFUNC_OK)
		code = CURLE_READ_ERROR;
	if (code == CURLE_OK) {
		code = p->curl->easy_perform(p->handle);
		p->curl->easy_getinfo(p->handle, CURLINFO_RESPONSE_CODE, &status);
	}
	report->reply = (int)status;
	if (code != CURLE_OK)
		report->why = p->why[0] ? p->why : p->curl->easy_strerror(code);
	if (p->refused_peer)
		report->why = "its name leads to an address that is none for a provider";
	if (code == CURLE_ABORTED_BY_CALLBACK && atomic_load(p->stop))
		return HTTP_STOPPED;
	return status ? HTTP_ANSWERED : HTTP_SILENT;
}

/* NULL: out of memory; nothing is left behind then. */
static struct curl_slist *
list_of(const struct curl_api *curl, const char *const *lines)
{
	/* No "Expect: 100-continue": half of those who are asked never answer it. */
	struct curl_slist *list = curl->slist_append(NULL, "Expect:"), *more = list;

	for (; more && *lines; lines++) {
		more = curl->slist_append(list, *lines);
		if (more)
			list = more;
	}
	if (!more)
		curl->slist_free_all(list);
	return more ? list : NULL;
}

enum http_outcome
http_post(struct http_poster *p, const struct http_post *post, struct mail_report *report)
{
	struct curl_slist *headers;
	enum http_outcome outcome = HTTP_SILENT;

	p->now = post;
	p->rest = S("");
	p->why[0] = '\0';
	p->answered = 0;
	p->refused_peer = false;
	report->why = CURL_MISSING;
	p->curl = curl_open();
	if (!p->curl)
		return HTTP_SILENT;
	report->why = "out of memory";
	if (!p->handle)
		p->handle = p->curl->easy_init();
	headers = list_of(p->curl, post->headers);
	if (p->handle && headers) {
		report->why = "";
		outcome = perform(p, headers, report);
	}
	p->curl->slist_free_all(headers);
	return outcome;
}

void
http_poster_release(struct http_poster *p)
{
	if (p->handle)
		p->curl->easy_cleanup(p->handle);
	p->handle = NULL;
}
