/*
 * Plain HTML with one style and no script, so that it works under the strictest policy and fetches
 * nothing. All calls stand open on one page: the browser's own search is the search.
 */
#include "api/special/docs_page.h"

#include "api/origin.h"
#include "api/problem.h"
#include "api/route.h"
#include "api/special/page.h"
#include "base/config.h"
#include "base/enc.h"

#define NAME_ROOM 128

static const char style[] =
	":root{color-scheme:light dark;--line:#8885;--soft:#8882;--link:#1d4ed8}"
	"@media(prefers-color-scheme:dark){:root{--link:#8ab4ff}}"
	"*{box-sizing:border-box}"
	"html{scroll-padding-top:1rem}"
	"body{margin:0;font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}"
	"main{max-width:62rem;padding:1rem 1.25rem 4rem;margin:0 auto}"
	"h1{font-size:1.8rem;line-height:1.2;margin:.5rem 0}"
	"h2{font-size:1.35rem;margin:3rem 0 .5rem;padding-bottom:.3rem;border-bottom:2px solid "
	"var(--line)}"
	"h3{font-size:1.05rem;margin:0;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:"
	"center}"
	"h4{font-size:.85rem;margin:1rem 0 .2rem;opacity:.75}"
	"a{color:var(--link)}h3 a{color:inherit;text-decoration:none}h3 a:hover{text-decoration:"
	"underline}"
	"code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
	"pre{margin:.2rem 0;padding:.6rem .8rem;background:var(--soft);border-radius:.4rem;"
	"white-space:pre-wrap}"
	"article{margin:1rem 0;padding:1rem;border:1px solid var(--line);border-radius:.6rem}"
	"article:target{outline:2px solid var(--link)}"
	"article p{margin:.4rem 0}"
	"table{border-collapse:collapse;width:100%;font-size:.92rem}"
	"td,th{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-top:1px "
	"solid var(--line)}"
	"th{font-weight:600;width:32%}td+td{width:38%}"
	"ul{padding-left:1.2rem}"
	".m{font:600 .78rem/1 ui-monospace,monospace;color:#fff;background:#555;padding:.35em "
	".55em;border-radius:.35em;min-width:4.2em;text-align:center}"
	".GET{background:#1d6f42}.POST{background:#1d4ed8}.PUT,.PATCH{background:#8a4b00}"
	".DELETE{background:#b3261e}"
	".meta{display:flex;flex-wrap:wrap;gap:.3rem .5rem;font-size:.85rem}"
	".meta span{background:var(--soft);border-radius:1em;padding:.1em .8em}"
	"nav{border:1px solid var(--line);border-radius:.6rem;padding:.6rem .9rem;max-height:45vh;"
	"overflow:auto;font-size:.9rem}"
	"nav b{display:block;margin:.7rem 0 .2rem}nav b:first-child{margin-top:0}"
	"nav a{display:flex;gap:.5rem;align-items:baseline;padding:.12rem 0;text-decoration:none;"
	"color:inherit}nav a:hover{color:var(--link)}"
	"nav .m{font-size:.62rem;min-width:4.6em}"
	"@media(min-width:68rem){nav{position:fixed;left:0;top:0;bottom:0;width:20rem;max-height:"
	"none;border:0;border-right:1px solid var(--line);border-radius:0}"
	"main{margin:0 auto 0 20rem;padding:1.5rem 2.5rem 4rem}}";

static void
text(struct buf *out, const char *s)
{
	html_escape(out, str_of(s));
}

static void
element(struct buf *out, const char *name, const char *content)
{
	buf_printf(out, "<%s>", name);
	text(out, content);
	buf_printf(out, "</%s>", name);
}

static void
method_mark(struct buf *out, const struct route *r)
{
	struct str m = method_name(r->method);

	buf_printf(out, "<span class=\"m %.*s\">%.*s</span>", STR_ARG(m), STR_ARG(m));
}

static void
begin_row(struct buf *out, const char *prefix, const struct field *f)
{
	buf_z(out, "<tr><th><code>");
	text(out, prefix);
	text(out, f->name);
	buf_z(out, "</code></th><td>");
}

static void
write_type(struct buf *out, const struct field *f)
{
	struct buf type CLEANUP_BUF;

	buf_init(&type, NAME_ROOM);
	shape_tell(f, &type);
	html_escape(out, buf_view(&type));
}

static bool
has_alias(const struct shape *shape, size_t i)
{
	return i + 1 < shape->n && shape->fields[i + 1].flags & FIELD_ALIAS;
}

static const char *
presence(const struct route *r, const struct shape *shape, size_t i)
{
	unsigned flags = shape->fields[i].flags;

	if (flags & FIELD_PATH)
		return "in the path";
	if (flags & FIELD_ALIAS)
		return "another name of the field above";
	if (flags & FIELD_ONE_OF)
		return "exactly one of these";
	if (!(flags & FIELD_REQUIRED))
		return r->flags & ROUTE_QUERY ? "in the query" : "";
	if (has_alias(shape, i))
		return "required, by one of its names";
	return r->flags & ROUTE_QUERY ? "required, in the query" : "required";
}

static void
write_input(struct buf *out, const struct route *r)
{
	if (!r->in)
		return;
	buf_z(out, "<h4>Request</h4>\n<table>\n");
	for (size_t i = 0; i < r->in->n; i++) {
		begin_row(out, "", &r->in->fields[i]);
		write_type(out, &r->in->fields[i]);
		buf_z(out, "</td><td>");
		text(out, presence(r, r->in, i));
		buf_z(out, "</td></tr>\n");
	}
	buf_z(out, "</table>\n");
}

/* Members of members stand under their whole name: user.email, devices[].name. */
static void
write_members(struct buf *out, const char *prefix, const struct shape *shape)
{
	char deeper[NAME_ROOM];

	for (size_t i = 0; i < shape->n; i++) {
		const struct field *f = &shape->fields[i];

		begin_row(out, prefix, f);
		write_type(out, f);
		buf_z(out, "</td></tr>\n");
		if (!f->shape)
			continue;
		(void)snprintf(deeper, sizeof(deeper), "%s%s%s.", prefix, f->name,
			       f->type == FIELD_LIST ? "[]" : "");
		write_members(out, deeper, f->shape);
	}
}

static void
write_headers(struct buf *out, const struct answer_header *h)
{
	if (!h)
		return;
	buf_z(out, "<table>\n");
	for (; h->name; h++) {
		buf_z(out, "<tr><th><code>");
		text(out, h->name);
		buf_z(out, "</code></th><td>");
		text(out, h->holds);
		buf_z(out, "</td></tr>\n");
	}
	buf_z(out, "</table>\n");
}

static void
write_answers(struct buf *out, const struct route *r)
{
	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].status; i++) {
		const struct route_answer *a = &r->answers[i];

		buf_printf(out, "<h4>%d %s", a->status, status_phrase(a->status));
		if (a->type)
			buf_printf(out, ", %s", a->type);
		buf_z(out, "</h4>\n");
		write_headers(out, a->headers);
		if (!a->shape)
			continue;
		buf_z(out, "<table>\n");
		write_members(out, "", a->shape);
		buf_z(out, "</table>\n");
	}
}

static void
write_error(struct buf *out, const struct surface *s, const struct route *r, enum err e)
{
	const struct err_row *row = err_row(e);

	buf_printf(out, "<tr><th><code>%d ", row->status);
	text(out, error_code(s, r, e));
	buf_z(out, "</code></th><td>");
	text(out, row->sentence);
	buf_z(out, "</td></tr>\n");
}

static void
write_errors(struct buf *out, const struct surface *s, const struct route *r)
{
	bool bearer = r->access == ACCESS_BEARER;

	if (!r->errors[0] && !bearer)
		return;
	buf_z(out, "<h4>Errors of its own</h4>\n<table>\n");
	for (size_t i = 0; i < ROUTE_ERRORS && r->errors[i]; i++) {
		write_error(out, s, r, r->errors[i]);
		bearer &= r->errors[i] != ERR_TOKEN;
	}
	if (bearer)
		write_error(out, s, r, ERR_TOKEN);
	buf_z(out, "</table>\n");
}

static const char *
example_of(const struct field *f)
{
	static const char *const examples[FIELD_TYPES] = {
		[FIELD_EMAIL] = "ada@example.com",
		[FIELD_USERNAME] = "ada",
		[FIELD_PHONE] = "+4930123456",
		[FIELD_NAME] = "Ada Lovelace",
		[FIELD_ROLE] = "CUSTOMER",
		[FIELD_ROLE_ASKED] = "CUSTOMER",
		[FIELD_IDENTIFIER] = "ada@example.com",
		[FIELD_DEVICE_ID] = "phone-1",
		[FIELD_DEVICE_NAME] = "My phone",
		[FIELD_TOKEN] = "…",
		[FIELD_CODE] = "123456",
		[FIELD_NEW_PASSWORD] = "correct horse battery staple",
		[FIELD_PASSWORD] = "correct horse battery staple",
		[FIELD_ID] = "019a9d51-7c00-7000-8000-000000000000",
	};

	return examples[f->type] ? examples[f->type] : "…";
}

/* What is required, and the first of what must be one; else just the first. */
static void
write_example_body(struct buf *out, const struct shape *in)
{
	size_t written = 0, of_group = 0;

	text(out, " \\\n  --json '{");
	for (int round = 0; round < 2 && !written; round++)
		for (size_t i = 0; i < in->n && !(round && written); i++) {
			const struct field *f = &in->fields[i];

			if (f->flags & (FIELD_PATH | FIELD_ALIAS))
				continue;
			if (!round && !(f->flags & FIELD_REQUIRED) &&
			    !(f->flags & FIELD_ONE_OF && of_group++ == 0))
				continue;
			buf_z(out, written++ ? ", &quot;" : "&quot;");
			text(out, f->name);
			buf_z(out, "&quot;: &quot;");
			text(out, example_of(f));
			buf_z(out, "&quot;");
		}
	text(out, "}'");
}

static bool
has_body(const struct route *r)
{
	if (!r->in || r->flags & ROUTE_QUERY)
		return false;
	for (size_t i = 0; i < r->in->n; i++)
		if (!(r->in->fields[i].flags & FIELD_PATH))
			return true;
	return false;
}

static void
write_example(struct buf *out, const struct config *config, const struct route *r)
{
	buf_z(out, "<h4>Example</h4>\n<pre>curl ");
	if (r->method != METHOD_GET && !(r->method == METHOD_POST && has_body(r)))
		buf_printf(out, "-X %.*s ", STR_ARG(method_name(r->method)));
	html_escape(out, config->server_public_url);
	text(out, r->path);
	if (r->flags & ROUTE_QUERY && r->in && r->in->n && !(r->in->fields[0].flags & FIELD_PATH)) {
		buf_char(out, '?');
		text(out, r->in->fields[0].name);
		buf_z(out, "=…");
	}
	if (r->access == ACCESS_BEARER)
		text(out, " \\\n  -H \"Authorization: Bearer $TOKEN\"");
	if (has_body(r))
		write_example_body(out, r->in);
	buf_z(out, "</pre>\n");
}

static void
write_needs(struct buf *out, const struct route *r)
{
	struct buf needs CLEANUP_BUF;

	buf_init(&needs, NAME_ROOM);
	route_tell_needs(r, &needs);
	if (!needs.n)
		return;
	buf_z(out, "<span>with ");
	html_escape(out, buf_view(&needs));
	buf_z(out, "</span>");
}

static void
write_meta(struct buf *out, const struct route *r)
{
	static const char *const access[] = {
		[ACCESS_PUBLIC] = "public",
		[ACCESS_OPTIONAL] = "Bearer token, or another proof",
		[ACCESS_BEARER] = "needs a Bearer token",
	};
	const struct throttle_row *limit;

	buf_z(out, "<p class=\"meta\">");
	element(out, "span", access[r->access]);
	write_needs(out, r);
	if (r->limit != THROTTLE_NONE) {
		limit = throttle_row(r->limit);
		buf_printf(out, "<span>limit %s: %" PRId64 " in %" PRId64 " s</span>", limit->name,
			   limit->burst, limit->window / SECOND);
	}
	buf_z(out, "<span>");
	text(out, r->operation);
	buf_z(out, "</span></p>\n");
}

static void
write_call(struct buf *out, const struct config *config, const struct surface *s,
	   const struct route *r)
{
	buf_printf(out, "<article id=\"%s\">\n<h3>", r->operation);
	method_mark(out, r);
	buf_printf(out, "<a href=\"#%s\"><code>", r->operation);
	text(out, r->path);
	buf_z(out, "</code></a></h3>\n");
	element(out, "p", r->summary);
	buf_char(out, '\n');
	write_meta(out, r);
	write_input(out, r);
	write_answers(out, r);
	write_errors(out, s, r);
	write_example(out, config, r);
	buf_z(out, "</article>\n");
}

typedef void (*call_fn)(struct buf *out, const struct config *config, const struct surface *s,
			const struct route *r);

/* All enabled rows, each surface under its title in the element `heading`; what stands beside the
 * surfaces comes last. */
static void
each_call(struct buf *out, const struct config *config, const char *heading, call_fn call)
{
	size_t n;
	const struct surface *const *all = surfaces(&n);

	for (size_t i = 1; i <= n; i++) {
		const struct surface *s = all[i % n];
		bool begun = false;

		for (size_t j = 0; j < s->n; j++) {
			if (!route_enabled(config, s, &s->routes[j]))
				continue;
			if (!begun)
				element(out, heading, s->title);
			begun = true;
			call(out, config, s, &s->routes[j]);
		}
	}
}

static void
write_link(struct buf *out, const struct config *config UNUSED, const struct surface *s UNUSED,
	   const struct route *r)
{
	buf_printf(out, "<a href=\"#%s\">", r->operation);
	method_mark(out, r);
	buf_z(out, "<span>");
	text(out, r->path);
	buf_z(out, "</span></a>\n");
}

static void
write_introduction(struct buf *out, const struct config *config)
{
	buf_z(out, "<p>Version " ALDGATE_VERSION " at <code>");
	html_escape(out, config->server_public_url);
	buf_z(out, "</code>. The same for programs: <a href=\"");
	html_escape(out, public_path(config));
	buf_z(out, "/openapi.json\">openapi.json</a>.</p>\n"
		   "<p>Bodies are JSON objects in UTF-8, at most 64 KiB. Times are RFC 3339 in "
		   "UTC. Calls that need a Bearer token take the access token of a sign-in as "
		   "<code>Authorization: Bearer …</code>. Limits count by client "
		   "address.</p>\n");
}

static void
write_all_errors(struct buf *out)
{
	buf_z(out, "<h2 id=\"errors\">Errors</h2>\n<p>Every error is "
		   "<code>application/problem+json</code> (RFC 9457) with <code>status</code>, a "
		   "stable <code>code</code>, a <code>detail</code> for people, the "
		   "<code>request_id</code>, and <code>errors</code> by field where fields are "
		   "wrong. Any call may answer 400, 408, 413, 415, 429, 500 and 503.</p>\n"
		   "<table>\n");
	for (int e = OK + 1; e < ERR_COUNT; e++)
		write_error(out, NULL, NULL, (enum err)e);
	buf_z(out, "</table>\n");
}

bool
docs_page(struct ctx *cx, const struct http_request *rq UNUSED, struct http_answer *an)
{
	page_begin_styled(cx, an, 200, "aldgate API", style);
	write_introduction(&an->body, cx->config);
	buf_z(&an->body, "<nav aria-label=\"Calls\">\n");
	each_call(&an->body, cx->config, "b", write_link);
	buf_z(&an->body, "<b>More</b><a href=\"#errors\">Errors</a></nav>\n");
	each_call(&an->body, cx->config, "h2", write_call);
	write_all_errors(&an->body);
	page_end(an);
	return true;
}
