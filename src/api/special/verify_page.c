/* GET shows, POST acts: opening the link proves nothing, pressing the button does. */
#include "api/special/verify_page.h"

#include "api/special/page.h"
#include "base/enc.h"

static bool
wants_page(const struct http_request *rq)
{
	return rq->method == METHOD_HEAD || str_has(http_header(rq, "accept", NULL), S("text/html"));
}

bool
verify_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str token = STR_NONE;

	if (!wants_page(rq))
		return false;
	if (str_absent(rq->query) || !form_value(cx->arena, rq->query, S("token"), &token) || str_absent(token)) {
		verify_page_done(cx, ERR_INVALID_LINK, an);
		return true;
	}
	page_begin(cx, an, 200, "Confirm your e-mail address");
	page_text(an, "Press the button to confirm that this address is yours. If you did not sign up, just close this page.");
	page_button(an, "/auth/email/verify", "token", token, "Confirm my address");
	page_end(an);
	return true;
}

void
verify_page_done(struct ctx *cx, enum err e, struct http_answer *an)
{
	if (e == OK) {
		page_begin(cx, an, 200, "Your address is confirmed");
		page_text(an, "Thank you. You can close this page and sign in.");
	} else if (e == ERR_ALREADY_VERIFIED) {
		page_begin(cx, an, 409, "Your address was confirmed before");
		page_text(an, "There is nothing left to do here. You can close this page and sign in.");
	} else if (err_row(e)->status < 500 && e != ERR_THROTTLED) {
		page_begin(cx, an, err_row(e)->status, "This link does not work");
		page_text(an, "It may have expired, or a newer one may have been sent. Ask for a new mail in the app.");
	} else {
		page_begin(cx, an, err_row(e)->status, "Please try again");
		page_text(an, "The server is busy right now. Nothing was changed; wait a moment and press the button again.");
	}
	page_end(an);
}
