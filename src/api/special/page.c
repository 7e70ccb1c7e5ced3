/*
 * Referrer-Policy is same-origin here, not no-referrer: with the latter browsers send "Origin:
 * null" with a form, and a form's origin is checked.
 */
#include "api/special/page.h"

#include "api/origin.h"
#include "base/enc.h"
#include "base/rnd.h"

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:1.05rem/1.55 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 "
	"1.25rem}"
	"h1{font-size:1.5rem;line-height:1.25}"
	"input{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border:1px solid "
	"#888;border-radius:.5rem}"
	"button{font:inherit;padding:.7rem "
	"1.4rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}"
	"button:focus-visible{outline:3px solid #93c5fd;outline-offset:2px}"
	"form~form button{background:none;color:inherit;border:1px solid #888}";

/* Empty when there is no randomness: browsers then leave the style out. */
static struct str
nonce(struct ctx *cx)
{
	uint8_t n[16];
	struct buf text;

	buf_init_arena(&text, cx->arena, 64);
	if (rnd_bytes(n, sizeof(n)) == OK)
		hex_encode(&text, n, sizeof(n));
	return buf_view(&text);
}

void
page_begin(struct ctx *cx, struct http_answer *an, int status, const char *heading)
{
	page_begin_styled(cx, an, status, heading, style);
}

void
page_begin_styled(struct ctx *cx, struct http_answer *an, int status, const char *heading,
		  const char *css)
{
	struct str once = nonce(cx);

	an->status = status;
	an->content_type = S("text/html; charset=utf-8");
	http_answer_header(an, "Cache-Control", S("no-store"));
	http_answer_header(an, "Referrer-Policy", S("same-origin"));
	http_answer_header(
		an, "Content-Security-Policy",
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
	buf_z(&an->body, css);
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
page_link(const struct ctx *cx, struct http_answer *an, const char *path, const char *label)
{
	buf_z(&an->body, "<p><a href=\"");
	html_escape(&an->body, public_path(cx->config));
	html_escape(&an->body, str_of(path));
	buf_z(&an->body, "\">");
	html_escape(&an->body, str_of(label));
	buf_z(&an->body, "</a></p>\n");
}

void
page_alert(struct http_answer *an, struct str sentence)
{
	buf_z(&an->body, "<p role=\"alert\"><strong>");
	html_escape(&an->body, sentence);
	buf_z(&an->body, "</strong></p>\n");
}

void
page_form(const struct ctx *cx, struct http_answer *an, const char *path, struct str token)
{
	buf_z(&an->body, "<form method=\"post\" action=\"");
	html_escape(&an->body, public_path(cx->config));
	html_escape(&an->body, str_of(path));
	buf_z(&an->body, "\">\n<input type=\"hidden\" name=\"token\" value=\"");
	html_escape(&an->body, token);
	buf_z(&an->body, "\">\n");
}

void
page_new_password(struct http_answer *an, const char *name, const char *label)
{
	buf_z(&an->body, "<p><label for=\"password\">");
	html_escape(&an->body, str_of(label));
	buf_z(&an->body, "</label><br>\n<input id=\"password\" type=\"password\" required "
			 "autocomplete=\"new-password\" name=\"");
	html_escape(&an->body, str_of(name));
	buf_z(&an->body, "\"></p>\n");
}

void
page_submit(struct http_answer *an, const char *label)
{
	buf_z(&an->body, "<button type=\"submit\">");
	html_escape(&an->body, str_of(label));
	buf_z(&an->body, "</button>\n</form>\n");
}

struct str
page_token(struct ctx *cx, struct str query_or_form)
{
	struct str token = STR_NONE;

	if (str_absent(query_or_form) || !form_value(cx->arena, query_or_form, S("token"), &token))
		return STR_NONE;
	return token.n ? token : STR_NONE;
}

void
page_failure(struct ctx *cx, enum err e, struct http_answer *an)
{
	int status = err_row(e)->status;

	if (e == ERR_FORBIDDEN_ORIGIN) {
		page_begin(cx, an, status, "Your browser did not say where this came from");
		page_text(an,
			  "The button was not taken, because your browser or one of its add-ons "
			  "kept back that it is on this site's own page. Nothing was changed and "
			  "the link is still good: open it again from the mail, perhaps in "
			  "another browser, and press the button there.");
	} else if (status < 500 && status != 408 && e != ERR_THROTTLED) {
		page_begin(cx, an, status, "This link does not work");
		page_text(an,
			  "It may have expired, been used, or been replaced by a newer one. Ask "
			  "for a new mail in the app.");
	} else {
		page_begin(cx, an, status, "Please try again");
		page_text(an, "The server is busy right now. Nothing was changed; wait a moment "
			      "and press the button again.");
	}
	page_end(an);
}

void
page_end(struct http_answer *an)
{
	buf_z(&an->body, "</main>\n</body>\n</html>\n");
}
