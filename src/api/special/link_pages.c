/*
 * GET shows, POST acts: opening a link proves nothing, pressing its button does. The pages work
 * without a script. What a page posts to is the same row that API clients use (ROUTE_FORM).
 */
#include "api/special/link_pages.h"

#include "api/special/page.h"

void
link_page_refused(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an)
{
	page_failure(cx, e, an);
}

bool
verify_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str token = page_token(cx, rq->query);

	if (!http_wants_page(rq))
		return false;
	if (str_absent(token)) {
		page_failure(cx, ERR_INVALID_LINK, an);
		return true;
	}
	page_begin(cx, an, 200, "Confirm your e-mail address");
	page_text(an, "Press the button to confirm that this address is yours.");
	page_form(cx, an, "/auth/email/verify", token);
	page_submit(an, "Confirm my address");
	page_text(an,
		  "You did not sign up? Then close the account that was opened with your address.");
	page_form(cx, an, "/auth/undo", token);
	page_submit(an, "I did not sign up");
	page_end(an);
	return true;
}

void
verify_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an)
{
	if (e == OK) {
		page_begin(cx, an, 200, "Your address is confirmed");
		page_text(an, "Thank you. You can close this page and sign in.");
	} else if (e == ERR_ALREADY_VERIFIED) {
		page_begin(cx, an, 409, "Your address was confirmed before");
		page_text(an,
			  "There is nothing left to do here. You can close this page and sign in.");
	} else {
		page_failure(cx, e, an);
		return;
	}
	page_end(an);
}

static void
ask_for_password(struct ctx *cx, struct str token, int status, struct str wrong,
		 struct http_answer *an)
{
	page_begin(cx, an, status, "Set a new password");
	if (!str_absent(wrong))
		page_alert(an, wrong);
	page_form(cx, an, "/auth/password/reset", token);
	page_new_password(an, "new_password", "New password");
	page_submit(an, "Set the password");
	page_text(an, "You are signed out everywhere when it is set.");
	page_end(an);
}

bool
reset_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str token = page_token(cx, rq->query);

	if (str_absent(token))
		page_failure(cx, ERR_INVALID_LINK, an);
	else
		ask_for_password(cx, token, 200, STR_NONE, an);
	return true;
}

void
reset_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an)
{
	struct str token = page_token(cx, rq->body);

	if (e == OK) {
		page_begin(cx, an, 200, "Your new password is set");
		page_text(an, "You can close this page and sign in with it.");
		page_end(an);
	} else if (e == ERR_INVALID && cx->fault.fields && !str_absent(token)) {
		ask_for_password(cx, token, 400, cx->fault.fields->message, an);
	} else {
		page_failure(cx, e, an);
	}
}

bool
undo_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str token = page_token(cx, rq->query);

	if (str_absent(token)) {
		page_failure(cx, ERR_INVALID_LINK, an);
		return true;
	}
	page_begin(cx, an, 200, "This was not you?");
	page_text(an,
		  "Press the button to take back what the mail told you of. If that was a change "
		  "or a sign-in, everybody is signed out and the password is void until you set "
		  "a new one. If it was a sign-up that was not yours, its account is closed.");
	page_form(cx, an, "/auth/undo", token);
	page_submit(an, "This was not me");
	page_end(an);
	return true;
}

void
undo_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an)
{
	if (e == OK) {
		page_begin(cx, an, 200, "It is undone");
		page_text(an,
			  "A sign-up that was not yours: its account is closed and nothing of it "
			  "is left. You can close this page.");
		page_text(an,
			  "Your own account: everybody is signed out, and the old password does "
			  "not work any more. Ask for a mail to set a new one in the app.");
	} else if (e == ERR_ALREADY_VERIFIED) {
		page_begin(cx, an, 409, "Your address was confirmed before");
		page_text(an,
			  "Somebody who reads your mail confirmed it, so it can't be closed here. "
			  "Set a new password in the app if that was not you.");
	} else {
		page_failure(cx, e, an);
		return;
	}
	page_end(an);
}

bool
restore_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str token = page_token(cx, rq->query);

	if (str_absent(token)) {
		page_failure(cx, ERR_INVALID_LINK, an);
		return true;
	}
	page_begin(cx, an, 200, "Keep your account?");
	page_text(an, "Press the button to take the deletion of your account back.");
	page_form(cx, an, "/users/me/restore", token);
	page_submit(an, "Keep my account");
	page_end(an);
	return true;
}

void
restore_page_done(struct ctx *cx, const struct http_request *rq, enum err e, struct http_answer *an)
{
	if (e != OK) {
		page_failure(cx, e, an);
		return;
	}
	page_begin(cx, an, 200, "Your account stays");
	page_text(an, "The deletion is taken back. You can close this page and sign in.");
	page_end(an);
}
