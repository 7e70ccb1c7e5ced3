/* One table a body. A list tells what a reviewer chooses by; the number of a paper stands in the
 * one application only. */
#include "api/admin/review_shapes.h"

#include "domain/kyc_review.h"

static const struct field query[] = {
	{"status", FIELD_CODE, 0, AT(struct kyc_search, status)},
	{"limit", FIELD_LIMIT, 0, AT(struct kyc_search, page.limit)},
	{"cursor", FIELD_TOKEN, 0, AT(struct kyc_search, page.cursor)},
};
const struct shape review_query = SHAPE("AdminKycQuery", struct kyc_search, query);

static const struct field id[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct id_in, id)},
};
const struct shape review_id = SHAPE("AdminKycId", struct id_in, id);

static const struct field paper_id[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct kyc_view_in, application)},
	{"doc", FIELD_ID, FIELD_PATH, AT(struct kyc_view_in, document)},
};
const struct shape review_paper_id = SHAPE("AdminKycPaperId", struct kyc_view_in, paper_id);

static const struct field approve_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct kyc_act_in, application)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_act_in, reason)},
};
const struct shape review_approve_in = SHAPE("AdminKycApprove", struct kyc_act_in, approve_in);

static const struct field reason_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct kyc_act_in, application)},
	{"reason", FIELD_TEXT, FIELD_REQUIRED, AT(struct kyc_act_in, reason)},
};
const struct shape review_reason_in = SHAPE("AdminKycReason", struct kyc_act_in, reason_in);

static const struct field resubmit_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct kyc_act_in, application)},
	{"reason", FIELD_TEXT, FIELD_REQUIRED, AT(struct kyc_act_in, reason)},
	{"documents", FIELD_TEXTS, FIELD_REQUIRED, AT(struct kyc_act_in, documents)},
};
const struct shape review_resubmit_in = SHAPE("AdminKycResubmit", struct kyc_act_in, resubmit_in);

#define APPLICATION(type, path)                                                                    \
	{"id", FIELD_UUID, 0, AT(type, path id)},                                                  \
		{"user_id", FIELD_UUID, 0, AT(type, path user_id)},                                \
		{"status", FIELD_TEXT, 0, AT(type, path status)},                                  \
		{"full_name", FIELD_TEXT, 0, AT(type, path full_name)},                            \
		{"country", FIELD_TEXT, 0, AT(type, path country)},                                \
		{"document_type", FIELD_TEXT, 0, AT(type, path document_type)},                    \
		{"submitted_at", FIELD_TIME, 0, AT(type, path submitted_at)},                      \
		{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(type, path reason)},                     \
		{"decided_at", FIELD_TIME, FIELD_NULLABLE, AT(type, path decided_at)},             \
		{"decided_by", FIELD_UUID, FIELD_NULLABLE, AT(type, path decided_by)},             \
		{"decided_source", FIELD_TEXT, FIELD_NULLABLE, AT(type, path decided_source)},     \
		{"first_approver", FIELD_TEXT, FIELD_NULLABLE, AT(type, path first_approver)},     \
	{                                                                                          \
		"expires_at", FIELD_TIME, FIELD_NULLABLE, AT(type, path expires_at)                \
	}

static const struct field application[] = {APPLICATION(struct kyc_application, )};
const struct shape review_application =
	SHAPE("AdminKycApplication", struct kyc_application, application);

LIST_SHAPE(review_queue, "AdminKycApplications", struct kyc_page, &review_application);

static const struct field document[] = {
	{"id", FIELD_UUID, 0, AT(struct kyc_document, id)},
	{"kind", FIELD_TEXT, 0, AT(struct kyc_document, kind)},
	{"content_type", FIELD_TEXT, 0, AT(struct kyc_document, content_type)},
	{"size", FIELD_INTEGER, 0, AT(struct kyc_document, size)},
	{"sha256", FIELD_HEX, 0, AT(struct kyc_document, sha256)},
	{"created_at", FIELD_TIME, 0, AT(struct kyc_document, created_at)},
	{"erased_at", FIELD_TIME, FIELD_NULLABLE, AT(struct kyc_document, erased_at)},
};
static const struct shape document_shape = SHAPE("AdminKycDocument", struct kyc_document, document);

static const struct field step[] = {
	{"at", FIELD_TIME, 0, AT(struct kyc_step, at)},
	{"event", FIELD_TEXT, 0, AT(struct kyc_step, event)},
	{"status", FIELD_TEXT, 0, AT(struct kyc_step, status)},
	{"source", FIELD_TEXT, 0, AT(struct kyc_step, source)},
	{"actor_id", FIELD_UUID, FIELD_NULLABLE, AT(struct kyc_step, actor_id)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_step, reason)},
};
static const struct shape step_shape = SHAPE("AdminKycStep", struct kyc_step, step);

static const struct field whole[] = {
	APPLICATION(struct kyc_case, application.),
	{"date_of_birth", FIELD_TEXT, 0, AT(struct kyc_case, application.date_of_birth)},
	{"document_number", FIELD_TEXT, FIELD_NULLABLE,
	 AT(struct kyc_case, application.document_number)},
	{"email", FIELD_TEXT, 0, AT(struct kyc_case, email)},
	{"asked", FIELD_TEXTS, 0, AT(struct kyc_case, asked)},
	{"documents", FIELD_LIST, 0, AT(struct kyc_case, documents), .shape = &document_shape},
	{"history", FIELD_LIST, 0, AT(struct kyc_case, history), .shape = &step_shape},
};
const struct shape review_case = SHAPE("AdminKycCase", struct kyc_case, whole);
