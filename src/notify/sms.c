/*
 * Gateways differ in their body and one header, so both are the operator's to write, and what is
 * put into the body is escaped for its content type.
 */
#include "notify/sms.h"

#include "base/enc.h"
#include "base/json_write.h"
#include "notify/console.h"
#include "notify/http_post.h"

#define WHOLE_SECONDS 30L
#define SETTINGS_MAX ((size_t)64 * 1024)
#define BODY_MAX ((size_t)64 * 1024)
#define CONSOLE_MAX ((size_t)16 * 1024)

enum escaping { ESCAPE_JSON, ESCAPE_FORM, ESCAPE_NONE };

struct sms_gateway {
	struct arena arena;
	const char *url; /* NULL: console */
	struct str body;
	enum escaping escaping;
	const char *content_type; /* header lines */
	const char *header;       /* NULL: none */
	struct http_poster poster;
};

static bool
line_ok(struct str s)
{
	return utf8_valid(s) && !utf8_has_control(s);
}

static enum escaping
escaping_of(struct ctx *cx, struct str type)
{
	struct str lower = str_lower(cx->arena, type);

	if (str_has(lower, S("json")))
		return ESCAPE_JSON;
	return str_has(lower, S("urlencoded")) ? ESCAPE_FORM : ESCAPE_NONE;
}

static struct str
body_for(enum escaping escaping)
{
	if (escaping == ESCAPE_FORM)
		return S("to={{to}}&text={{text}}");
	return S("{\"to\":\"{{to}}\",\"text\":\"{{text}}\"}");
}

static enum err
read_settings(struct ctx *cx, struct sms_gateway *g)
{
	const struct config *c = cx->config;
	struct str url = {c->sms_url.p, c->sms_url.n}, header = {c->sms_header.p, c->sms_header.n};
	struct str type =
		str_absent(c->sms_content_type) ? S("application/json") : c->sms_content_type;

	if (url.n == 0 || str_eq(url, S("console:")))
		return OK;
	if (!str_starts(url, S("http://")) && !str_starts(url, S("https://")))
		return fail(cx, ERR_INVALID, "sms.url must be console: or http(s)://…");
	if (!line_ok(type) || !line_ok(header))
		return fail(cx, ERR_INVALID, "sms.content_type and sms.header are one line each.");
	g->escaping = escaping_of(cx, type);
	if (str_absent(c->sms_body) && g->escaping == ESCAPE_NONE)
		return fail(cx, ERR_INVALID, "sms.content_type needs an sms.body that fits it.");
	g->url = str_z(&g->arena, url);
	g->body =
		str_copy(&g->arena, str_absent(c->sms_body) ? body_for(g->escaping) : c->sms_body);
	g->content_type =
		str_z(&g->arena, str_print(&g->arena, "Content-Type: %.*s", STR_ARG(type)));
	g->header = header.n ? str_z(&g->arena, header) : NULL;
	return OK;
}

enum err
sms_gateway_open(struct ctx *cx, const atomic_bool *stop, struct sms_gateway **out)
{
	struct sms_gateway *g = calloc(1, sizeof(*g));
	enum err e;

	if (!g)
		die("out of memory");
	arena_init(&g->arena, SETTINGS_MAX);
	g->poster.stop = stop;
	e = read_settings(cx, g);
	if (e != OK)
		sms_gateway_close(g);
	else
		*out = g;
	return e;
}

void
sms_gateway_close(struct sms_gateway *g)
{
	if (!g)
		return;
	http_poster_release(&g->poster);
	arena_release(&g->arena);
	free(g);
}

/* A JSON string without its quotes: the body's template has them. */
static void
put_json(struct buf *out, struct arena *a, struct str s)
{
	struct json_out w;
	struct buf text;

	buf_init_arena(&text, a, BODY_MAX);
	w = json_to(&text);
	json_str(&w, s);
	if (!text.full)
		buf_add(out, text.p + 1, text.n - 2);
	out->full |= text.full;
}

static void
put_value(struct buf *out, struct arena *a, enum escaping escaping, struct str s)
{
	switch (escaping) {
	case ESCAPE_JSON:
		put_json(out, a, s);
		break;
	case ESCAPE_FORM:
		percent_encode(out, s);
		break;
	case ESCAPE_NONE:
		buf_str(out, s);
		break;
	}
}

static void
write_body(struct ctx *cx, const struct sms_gateway *g, struct str to, struct str text,
	   struct buf *out)
{
	static const struct str to_mark = {"{{to}}", 6}, text_mark = {"{{text}}", 8};
	struct str rest = g->body;

	while (rest.n) {
		if (str_starts(rest, to_mark)) {
			put_value(out, cx->arena, g->escaping, to);
			rest = str_from(rest, to_mark.n);
		} else if (str_starts(rest, text_mark)) {
			put_value(out, cx->arena, g->escaping, text);
			rest = str_from(rest, text_mark.n);
		} else {
			buf_char(out, rest.p[0]);
			rest = str_from(rest, 1);
		}
	}
}

/* status 0: the gateway said nothing. Its answer's rest does not matter once that is known. */
static enum mail_result
judge(enum http_outcome outcome, int status)
{
	if (outcome == HTTP_STOPPED)
		return MAIL_STOPPED;
	if (status >= 200 && status <= 299)
		return MAIL_SENT;
	if (status == 0 || status == 429 || status == 503)
		return MAIL_AWAY;
	return status >= 400 && status <= 499 && status != 408 ? MAIL_REFUSED : MAIL_LATER;
}

static enum mail_result
post(struct sms_gateway *g, struct str body, struct mail_report *report)
{
	const char *const headers[] = {g->content_type, g->header, NULL};
	struct http_text text = {body, false};
	struct http_post request = {
		.url = g->url,
		.headers = headers,
		.seconds = WHOLE_SECONDS,
		.size = (int64_t)body.n,
		.rewind = http_text_rewind,
		.read = http_text_read,
		.arg = &text,
	};
	enum http_outcome outcome = http_post(&g->poster, &request, report);

	return judge(outcome, report->reply);
}

static enum mail_result
print(struct ctx *cx, const struct sms_gateway *g, struct str to, struct str text,
      struct mail_report *report)
{
	struct buf b;

	buf_init_arena(&b, cx->arena, CONSOLE_MAX);
	buf_z(&b, "\n---- text message --------------------------------------------------\nTo: ");
	console_escape(&b, to);
	buf_z(&b, "\n\n");
	console_lines(&b, text);
	buf_z(&b, "---- end of text message -------------------------------------------\n\n");
	if (console_print(g->poster.stop, buf_view(&b)))
		return MAIL_SENT;
	report->why = "standard output takes nothing";
	return atomic_load(g->poster.stop) ? MAIL_STOPPED : MAIL_AWAY;
}

enum mail_result
sms_send(struct ctx *cx, struct sms_gateway *g, struct str to, struct str text,
	 struct mail_report *report)
{
	struct buf body;

	*report = (struct mail_report){0, "", ""};
	if (!g->url)
		return print(cx, g, to, text, report);
	buf_init_arena(&body, cx->arena, BODY_MAX);
	write_body(cx, g, to, text, &body);
	if (body.full) {
		report->why = "it is too large";
		return MAIL_UNFIT;
	}
	return post(g, buf_view(&body), report);
}
