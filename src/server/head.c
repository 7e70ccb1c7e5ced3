/*
 * Heads. The end of a head is looked for here, line by line, before llhttp sees any of it: so the
 * head is one piece of memory that every header points into, nothing is copied twice, and what
 * llhttp lets pass even in strict mode (bare LF, folded lines, names of no length) is refused in
 * the same walk. llhttp reads the rest; the rules of RFC 9112 that it leaves to the server follow
 * at the end.
 */
#include "server/head.h"

#include "server/conn.h"

static int
more_target(llhttp_t *p, const char *at, size_t n)
{
	struct message *m = p->data;

	if (str_absent(m->target))
		m->target.p = at;
	m->target.n = (size_t)(at + n - m->target.p);
	return 0;
}

static int
more_name(llhttp_t *p, const char *at, size_t n)
{
	struct message *m = p->data;
	struct http_header *h = &m->headers[m->request->header_count];

	if (m->trailers)
		return 0;
	if (m->in_value || m->request->header_count == 0) {
		if (m->request->header_count == HTTP_HEADERS_MAX) {
			m->error = ERR_HEADERS_TOO_LARGE;
			return -1;
		}
		*h = (struct http_header){{at, 0}, {"", 0}};
		m->request->header_count++;
		m->in_value = false;
	} else {
		h--;
	}
	h->name.n = (size_t)(at + n - h->name.p);
	return 0;
}

static int
more_value(llhttp_t *p, const char *at, size_t n)
{
	struct message *m = p->data;
	struct http_header *h;

	if (m->request->header_count == 0)
		return 0;
	h = &m->headers[m->request->header_count - 1];
	if (!m->in_value)
		h->value.p = at;
	h->value.n = (size_t)(at + n - h->value.p);
	m->in_value = true;
	return 0;
}

static int
value_ends(llhttp_t *p)
{
	struct message *m = p->data;

	m->in_value = true;
	return 0;
}

static int
head_ends(llhttp_t *p)
{
	p->upgrade = 0; /* no other protocol is spoken here */
	return HPE_PAUSED;
}

static int
more_body(llhttp_t *p, const char *at, size_t n)
{
	struct message *m = p->data;

	if (n > m->limit - m->content) {
		m->error = ERR_TOO_LARGE;
		return -1;
	}
	buf_add(m->body, at, n);
	m->content += n;
	return 0;
}

static int
chunk_begins(llhttp_t *p)
{
	struct message *m = p->data;

	if (p->content_length > m->limit - m->content) {
		m->error = ERR_TOO_LARGE;
		return -1;
	}
	m->trailers = p->content_length == 0;
	return m->trailers ? HPE_PAUSED : 0;
}

static const llhttp_settings_t settings = {
	.on_url = more_target,
	.on_header_field = more_name,
	.on_header_value = more_value,
	.on_header_value_complete = value_ends,
	.on_headers_complete = head_ends,
	.on_body = more_body,
	.on_chunk_header = chunk_begins,
};

static bool
line_is_clean(const struct head_scan *s, const char *line, size_t n)
{
	if (memchr(line, '\r', n) != NULL || memchr(line, '\0', n) != NULL)
		return false;
	return !s->fields || (line[0] != ' ' && line[0] != '\t' && line[0] != ':');
}

enum err
head_scan(struct head_scan *s, const char *p, size_t n, size_t *end)
{
	const char *lf;

	*end = 0;
	while (s->at < n && (lf = memchr(p + s->at, '\n', n - s->at)) != NULL) {
		size_t stop = (size_t)(lf - p);

		if (stop == s->line || p[stop - 1] != '\r')
			return ERR_MALFORMED;
		if (stop - 1 == s->line) {
			*end = stop + 1;
			return OK;
		}
		if (!line_is_clean(s, p + s->line, stop - 1 - s->line))
			return ERR_MALFORMED;
		s->line = s->at = stop + 1;
		s->fields = true;
	}
	s->at = n;
	return OK;
}

enum err
head_oversize(const char *p, size_t n)
{
	const char *space = memchr(p, ' ', n);
	size_t stop;

	if (space == NULL)
		return ERR_HEADERS_TOO_LARGE;
	space++;
	for (stop = 0; space + stop < p + n && space[stop] != ' ' && space[stop] != '\r'; stop++)
		;
	return stop > HTTP_TARGET_MAX ? ERR_URI_TOO_LONG : ERR_HEADERS_TOO_LARGE;
}

static enum method
method_of(uint8_t m)
{
	switch (m) {
	case HTTP_GET:
		return METHOD_GET;
	case HTTP_HEAD:
		return METHOD_HEAD;
	case HTTP_POST:
		return METHOD_POST;
	case HTTP_PUT:
		return METHOD_PUT;
	case HTTP_PATCH:
		return METHOD_PATCH;
	case HTTP_DELETE:
		return METHOD_DELETE;
	case HTTP_OPTIONS:
		return METHOD_OPTIONS;
	default:
		return METHOD_OTHER;
	}
}

/* llhttp also knows the methods of RTSP, Icecast and HTTP/2's preface, each for its own protocol.
 */
static enum err
parse_error(const struct message *m, llhttp_errno_t e)
{
	if (m->error != OK)
		return m->error;
	switch (e) {
	case HPE_INVALID_METHOD:
		return ERR_NOT_IMPLEMENTED;
	case HPE_INVALID_VERSION:
	case HPE_PAUSED_H2_UPGRADE:
		return ERR_HTTP_VERSION;
	default:
		break;
	}
	if (m->parser.method == HTTP_PRI)
		return ERR_HTTP_VERSION;
	if (m->request->header_count == 0 &&
	    (m->parser.method == HTTP_CONNECT || m->parser.method >= HTTP_SOURCE))
		return ERR_NOT_IMPLEMENTED;
	return ERR_MALFORMED;
}

static enum err
split_target(struct http_request *rq, struct str target)
{
	ptrdiff_t question = str_find(target, '?');

	rq->path = question < 0 ? target : (struct str){target.p, (size_t)question};
	rq->query = question < 0 ? STR_NONE : str_from(target, (size_t)question + 1);
	if (rq->path.n == 0)
		rq->path = S("/");
	if (rq->path.p[0] != '/')
		return ERR_MALFORMED;
	return OK;
}

/* One space on each side of the target and nothing behind the version; llhttp takes more. */
static bool
line_is_tight(struct str target)
{
	const char *behind = target.p + target.n;

	return target.p[-1] == ' ' && target.p[-2] != ' ' && behind[0] == ' ' && behind[1] == 'H' &&
	       behind[sizeof("HTTP/1.1")] == '\r';
}

static enum err
read_target(struct message *m)
{
	struct http_request *rq = m->request;
	struct str t = m->target;
	size_t i;

	if (t.n > HTTP_TARGET_MAX)
		return ERR_URI_TOO_LONG;
	if (t.n == 0 || !line_is_tight(t))
		return ERR_MALFORMED;
	for (i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] <= ' ' || (unsigned char)t.p[i] >= 0x7f || t.p[i] == '#')
			return ERR_MALFORMED;
	if (str_eq(t, S("*"))) {
		rq->path = t;
		return rq->method == METHOD_OPTIONS ? OK : ERR_MALFORMED;
	}
	if (t.p[0] == '/')
		return split_target(rq, t);
	for (i = 0; i < t.n && t.p[i] != ':'; i++)
		;
	if (!str_eq_nocase((struct str){t.p, i}, S("http")) &&
	    !str_eq_nocase((struct str){t.p, i}, S("https")))
		return ERR_MALFORMED;
	t = str_from(t, i);
	if (!str_starts(t, S("://")))
		return ERR_MALFORMED;
	t = str_from(t, 3);
	for (i = 0; i < t.n && t.p[i] != '/' && t.p[i] != '?'; i++)
		;
	return i == 0 ? ERR_MALFORMED : split_target(rq, str_from(t, i));
}

static struct str
trim(struct str v)
{
	while (v.n > 0 && (v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t'))
		v.n--;
	while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == '\t'))
		v = (struct str){v.p + 1, v.n - 1};
	return v;
}

static bool
host_is_clean(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' || (unsigned char)v.p[i] >= 0x7f ||
		    strchr("/\\@?#,<>\"", v.p[i]) != NULL)
			return false;
	return true;
}

struct counts {
	int hosts, codings, lengths;
};

static enum err
read_field(struct message *m, const struct http_header *h, struct counts *seen)
{
	if (h->name.n == 4 && str_eq_nocase(h->name, S("Host"))) {
		seen->hosts++;
		return host_is_clean(h->value) ? OK : ERR_MALFORMED;
	}
	if (h->name.n == 6 && str_eq_nocase(h->name, S("Expect")))
		m->expects_continue = str_eq_nocase(h->value, S("100-continue"));
	if (h->name.n == 14 && str_eq_nocase(h->name, S("Content-Length")))
		seen->lengths++;
	if (h->name.n == 17 && str_eq_nocase(h->name, S("Transfer-Encoding"))) {
		seen->codings++;
		m->chunked = true;
		return str_eq_nocase(h->value, S("chunked")) ? OK : ERR_MALFORMED;
	}
	return OK;
}

static enum err
read_fields(struct message *m)
{
	struct counts seen = {0};

	for (size_t i = 0; i < m->request->header_count; i++) {
		m->headers[i].value = trim(m->headers[i].value);
		TRY(read_field(m, &m->headers[i], &seen));
	}
	if (seen.hosts > 1 || (seen.hosts == 0 && !m->old))
		return ERR_MALFORMED;
	if (seen.lengths > 1 || seen.codings > 1 || (seen.codings && (seen.lengths || m->old)))
		return ERR_MALFORMED;
	if (m->chunked && !(m->parser.flags & F_CHUNKED))
		return ERR_MALFORMED;
	if (m->old)
		m->expects_continue = false;
	return OK;
}

static enum err
read_version(struct message *m)
{
	if (m->parser.http_major != 1 || m->parser.http_minor > 1)
		return ERR_HTTP_VERSION;
	m->old = m->parser.http_minor == 0;
	m->keep_alive = llhttp_should_keep_alive(&m->parser);
	return m->parser.method == HTTP_CONNECT ? ERR_NOT_IMPLEMENTED : OK;
}

static enum err
read_length(struct message *m)
{
	if (m->chunked) {
		m->request->content_length = -1;
		return OK;
	}
	if (!(m->parser.flags & F_CONTENT_LENGTH))
		return OK;
	if (m->parser.content_length > INT64_MAX)
		return ERR_TOO_LARGE;
	m->left = m->request->content_length = (int64_t)m->parser.content_length;
	return OK;
}

static enum err
read_message(struct message *m)
{
	TRY(read_version(m));
	TRY(read_target(m));
	TRY(read_fields(m));
	return read_length(m);
}

enum err
head_read(struct message *m, struct arena *a, struct http_request *rq, struct http_header *scratch,
	  const char *p, size_t n)
{
	llhttp_errno_t parsed;
	enum err e;

	*m = (struct message){.request = rq, .headers = scratch};
	llhttp_init(&m->parser, HTTP_REQUEST, &settings);
	m->parser.data = m;
	parsed = llhttp_execute(&m->parser, p, n);
	rq->method = parsed == HPE_INVALID_METHOD ? METHOD_OTHER : method_of(m->parser.method);
	e = parsed == HPE_PAUSED ? read_message(m) : parse_error(m, parsed);
	rq->headers = arena_copy(a, scratch, rq->header_count * sizeof(*scratch));
	m->headers = NULL;
	return e;
}
