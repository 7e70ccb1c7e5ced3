/* The rows of surface admin about identity checks, for the roles ADMIN and KYC_REVIEWER as the
 * account has them at that moment. */
#include "api/admin/review_routes.h"

#include "api/admin/review_shapes.h"
#include "domain/kyc_review.h"
#include "domain/paper_type.h"

OP(op_queue, kyc_queue, struct kyc_search, struct kyc_page)
OP(op_show, kyc_show, struct id_in, struct kyc_case)
OP(op_view, kyc_view, struct kyc_view_in, struct kyc_view_out)
OP(op_approve, kyc_approve, struct kyc_act_in, struct kyc_application)
OP(op_reject, kyc_reject, struct kyc_act_in, struct kyc_application)
OP(op_again, kyc_ask_again, struct kyc_act_in, struct kyc_application)
OP(op_revoke, kyc_revoke, struct kyc_act_in, struct kyc_application)

/* Under a name of ours: its sender's is not known any more. */
static enum err
send_paper(struct ctx *cx, void *out, struct http_answer *an)
{
	struct kyc_view_out *v = out;
	const struct kyc_document *d = &v->document;

	an->status = 200;
	an->content_type = S("application/octet-stream");
	http_answer_header(an, "Content-Disposition",
			   str_print(cx->arena, "attachment; filename=\"%.*s-%.*s%s\"",
				     STR_ARG(d->kind), STR_ARG(uuid_text(cx->arena, &d->id)),
				     paper_ending(d->content_type)));
	an->file = v->bytes;
	return OK;
}

#define REVIEWER .access = ACCESS_BEARER, .limit = THROTTLE_DEFAULT, .role = "ADMIN|KYC_REVIEWER"
#define DECISION(path_, in_, op_, operation_, summary_)                                            \
	{                                                                                          \
		.method = METHOD_POST, .path = "/admin/kyc/{id}/" path_, REVIEWER, .in = &(in_),   \
		.op = (op_), .out_size = sizeof(struct kyc_application),                           \
		.answers = {{200, &review_application}},                                           \
		.errors = {ERR_INVALID, ERR_ROLE_REQUIRED, ERR_OWN_APPLICATION, ERR_NOT_FOUND,     \
			   ERR_CONFLICT},                                                          \
		.operation = (operation_), .file = "domain/kyc_decide.c", .summary = (summary_)    \
	}

static const struct route routes[] = {
	{.method = METHOD_GET,
	 .path = "/admin/kyc",
	 REVIEWER,
	 .flags = ROUTE_QUERY,
	 .in = &review_query,
	 .op = op_queue,
	 .out_size = sizeof(struct kyc_page),
	 .answers = {{200, &review_queue}},
	 .errors = {ERR_INVALID, ERR_ROLE_REQUIRED},
	 .operation = "admin_kyc_queue",
	 .file = "domain/kyc_review.c",
	 .summary = "Applications, oldest first, by status"},
	{.method = METHOD_GET,
	 .path = "/admin/kyc/{id}",
	 REVIEWER,
	 .in = &review_id,
	 .op = op_show,
	 .out_size = sizeof(struct kyc_case),
	 .answers = {{200, &review_case}},
	 .errors = {ERR_ROLE_REQUIRED, ERR_NOT_FOUND},
	 .operation = "admin_kyc_show",
	 .file = "domain/kyc_review.c",
	 .summary = "One application, with its papers and its history"},
	{.method = METHOD_GET,
	 .path = "/admin/kyc/{id}/documents/{doc}",
	 REVIEWER,
	 .in = &review_paper_id,
	 .op = op_view,
	 .out_size = sizeof(struct kyc_view_out),
	 .send = send_paper,
	 .answers = {{200, NULL, "application/octet-stream"}},
	 .errors = {ERR_ROLE_REQUIRED, ERR_NOT_FOUND},
	 .operation = "admin_kyc_document",
	 .file = "domain/kyc_review.c",
	 .summary = "A paper, as a download; each view is an audit event"},
	DECISION("approve", review_approve_in, op_approve, "admin_kyc_approve",
		 "Approve; with kyc.four_eyes it takes a second reviewer"),
	DECISION("reject", review_reason_in, op_reject, "admin_kyc_reject",
		 "Reject, with the reason that the applicant is told"),
	DECISION("resubmit", review_resubmit_in, op_again, "admin_kyc_resubmit",
		 "Ask for some papers again"),
	DECISION("revoke", review_reason_in, op_revoke, "admin_kyc_revoke",
		 "Take an approval back"),
};

const struct surface review_surface = {
	.name = "admin",
	.title = "Surface admin: identity checks",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
