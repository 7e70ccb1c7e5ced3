/* The rows and bodies of what happens to an account as a whole. */
#include "api/auth/account_routes.h"

#include "api/auth/auth_shapes.h"
#include "api/auth/export_answer.h"
#include "api/special/link_pages.h"
#include "domain/closing.h"
#include "domain/email_change.h"
#include "domain/takeout.h"

OP(op_email_change, email_change_request, struct email_change_in, struct nothing)
OP(op_email_confirm, email_change_confirm, struct email_confirm_in, struct user)
OP(op_export, account_takeout, struct takeout_in, struct takeout)
OP(op_restore, account_restore, struct restore_in, struct nothing)

static const struct field change_in[] = {
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct email_change_in, password)},
	{"new_email", FIELD_EMAIL, FIELD_REQUIRED, AT(struct email_change_in, new_email)},
};
static const struct shape change_shape =
	SHAPE("AuthEmailChange", struct email_change_in, change_in);

static const struct field confirm_in[] = {
	{"code", FIELD_CODE, FIELD_REQUIRED, AT(struct email_confirm_in, code)},
};
static const struct shape confirm_shape =
	SHAPE("AuthEmailConfirm", struct email_confirm_in, confirm_in);

static const struct field export_in[] = {
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct takeout_in, password)},
};
static const struct shape export_shape = SHAPE("AuthExportAsk", struct takeout_in, export_in);

static const struct field close_in[] = {
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct close_in, password)},
};
const struct shape account_close_in = SHAPE("AuthClose", struct close_in, close_in);

static const struct field restore_in[] = {
	{"token", FIELD_TOKEN, FIELD_REQUIRED, AT(struct restore_in, token)},
};
static const struct shape restore_shape = SHAPE("AuthRestore", struct restore_in, restore_in);

MESSAGE_SHAPE(account_closed, "AuthClosed", struct nothing,
	      "The account is closed and will be erased.");

static const struct route routes[] = {
	{.method = METHOD_POST,
	 .path = "/users/me/email",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .needs = NEED_VERIFIED_EMAIL,
	 .in = &change_shape,
	 .op = op_email_change,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_email_change_sent}},
	 .errors = {ERR_INVALID, ERR_EMAIL_NOT_VERIFIED, ERR_REAUTHENTICATION, ERR_TAKEN},
	 .operation = "email_change",
	 .file = "domain/email_change.c",
	 .summary = "Mail a code to a new address, which replaces the old one when it is given"},
	{.method = METHOD_POST,
	 .path = "/users/me/email/confirm",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_VERIFY,
	 .needs = NEED_VERIFIED_EMAIL,
	 .in = &confirm_shape,
	 .op = op_email_confirm,
	 .out_size = sizeof(struct user),
	 .answers = {{200, &auth_user}},
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_EMAIL_NOT_VERIFIED, ERR_TAKEN},
	 .operation = "email_confirm",
	 .file = "domain/email_change.c",
	 .summary =
		 "The code that the new address got; other sessions end, the old address is told"},
	{.method = METHOD_POST,
	 .path = "/users/me/export",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_LOGIN,
	 .in = &export_shape,
	 .op = op_export,
	 .out_size = sizeof(struct takeout),
	 .send = export_send,
	 .answers = {{200, &export_out}},
	 .errors = {ERR_INVALID, ERR_REAUTHENTICATION},
	 .operation = "export",
	 .file = "domain/takeout.c",
	 .summary = "All that is kept about the account"},
	{.method = METHOD_POST,
	 .path = "/users/me/restore",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .flags = ROUTE_FORM | ROUTE_ALWAYS,
	 .in = &restore_shape,
	 .op = op_restore,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_restored}, {200, NULL, "text/html"}},
	 .page = restore_page_done,
	 .errors = {ERR_INVALID, ERR_INVALID_LINK, ERR_FORBIDDEN_ORIGIN},
	 .operation = "restore",
	 .file = "domain/closing.c",
	 .summary = "Take a deletion back with the token of its mail"},
};

const struct surface account_surface = {
	.name = "auth",
	.title = "Surface auth: the account as a whole",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
