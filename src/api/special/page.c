/*
 * Referrer-Policy is same-origin here, not no-referrer: with the latter browsers send "Origin: null" with a form, and a form's origin is checked.
 */
#include "api/special/page.h"

#include "base/enc.h"
#include "base/rnd.h"

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:1.05rem/1.55 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem}"
	"h1{font-size:1.5rem;line-height:1.25}"
	"button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}"
	"button:focus-visible{outline:3px solid #93c5fd;outline-offset:2px}";

static struct str
nonce(struct ctx *cx)
{
	uint64_t n[2] = {rnd_jitter(UINT64_MAX), rnd_jitter(UINT64_MAX)};
	struct buf text;

	buf_init_arena(&text, cx->arena, 64);
	hex_encode(&text, n, sizeof n);
	return buf_view(&text);
}

void
page_begin(struct ctx *cx, struct http_answer *an, int status, const char *heading)
{
	struct str once = nonce(cx);

	an->status = status;
	an->content_type = S("text/html; charset=utf-8");
	http_answer_header(an, "Cache-Control", S("no-store"));
	http_answer_header(an, "Referrer-Policy", S("same-origin"));
	http_answer_header(an, "Content-Security-Policy",
			   str_print(cx->arena,
				     "default-src 'none'; style-src 'nonce-%.*s'; form-action 'self'; "
				     "frame-ancestors 'none'; base-uri 'none'",
				     STR_ARG(once)));
	buf_z(&an->body, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	html_escape(&an->body, str_of(heading));
	buf_z(&an->body, "</title>\n<style nonce=\"");
	buf_str(&an->body, once);
	buf_z(&an->body, "\">");
	buf_z(&an->body, style);
	buf_z(&an->body, "</style>\n</head>\n<body>\n<main>\n<h1>");
	html_escape(&an->body, str_of(heading));
	buf_z(&an->body, "</h1>\n");
}

void
page_text(struct http_answer *an, const char *paragraph)
{
	buf_z(&an->body, "<p>");
	html_escape(&an->body, str_of(paragraph));
	buf_z(&an->body, "</p>\n");
}

void
page_button(struct http_answer *an, const char *action, const char *name, struct str value, const char *label)
{
	buf_z(&an->body, "<form method=\"post\" action=\"");
	html_escape(&an->body, str_of(action));
	buf_z(&an->body, "\">\n<input type=\"hidden\" name=\"");
	html_escape(&an->body, str_of(name));
	buf_z(&an->body, "\" value=\"");
	html_escape(&an->body, value);
	buf_z(&an->body, "\">\n<button type=\"submit\">");
	html_escape(&an->body, str_of(label));
	buf_z(&an->body, "</button>\n</form>\n");
}

void
page_end(struct http_answer *an)
{
	buf_z(&an->body, "</main>\n</body>\n</html>\n");
}
