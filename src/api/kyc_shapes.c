/* One table a body; the members and their order are those of 5-admin-kyc-gate.md. */
#include "api/kyc_shapes.h"

#include "base/enc.h"
#include "domain/kyc_submit.h"

/* What a first submission needs beyond this is the use case's to say: papers that are sent again
 * come alone. */
static const struct field submit_in[] = {
	{"full_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_submit_in, full_name)},
	{"date_of_birth", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_submit_in, date_of_birth)},
	{"country", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_submit_in, country)},
	{"document_type", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_submit_in, document_type)},
	{"document_number", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_submit_in, document_number)},
	{"documents", FIELD_PAPERS, 0, AT(struct kyc_submit_in, papers)},
};
const struct shape kyc_submit_shape = SHAPE("KycSubmit", struct kyc_submit_in, submit_in);

static const struct field document[] = {
	{"id", FIELD_UUID, 0, AT(struct kyc_document, id)},
	{"kind", FIELD_TEXT, 0, AT(struct kyc_document, kind)},
	{"content_type", FIELD_TEXT, 0, AT(struct kyc_document, content_type)},
	{"size", FIELD_INTEGER, 0, AT(struct kyc_document, size)},
	{"sha256", FIELD_HEX, 0, AT(struct kyc_document, sha256)},
};
static const struct shape kyc_document_shape = SHAPE("KycDocument", struct kyc_document, document);

static const struct field submitted[] = {
	{"id", FIELD_UUID, 0, AT(struct kyc_submitted, id)},
	{"status", FIELD_TEXT, 0, AT(struct kyc_submitted, status)},
	{"documents", FIELD_LIST, 0, AT(struct kyc_submitted, documents),
	 .shape = &kyc_document_shape},
	{"submitted_at", FIELD_TIME, 0, AT(struct kyc_submitted, submitted_at)},
};
const struct shape kyc_submitted_shape = SHAPE("KycSubmitted", struct kyc_submitted, submitted);

static const struct field standing[] = {
	{"kyc_status", FIELD_TEXT, 0, AT(struct kyc_standing, kyc_status)},
	{"application_id", FIELD_UUID, FIELD_NULLABLE, AT(struct kyc_standing, application_id)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_standing, reason)},
	{"resubmit", FIELD_TEXTS, 0, AT(struct kyc_standing, resubmit)},
	{"submitted_at", FIELD_TIME, FIELD_NULLABLE, AT(struct kyc_standing, submitted_at)},
	{"decided_at", FIELD_TIME, FIELD_NULLABLE, AT(struct kyc_standing, decided_at)},
	{"expires_at", FIELD_TIME, FIELD_NULLABLE, AT(struct kyc_standing, expires_at)},
};
const struct shape kyc_standing_shape = SHAPE("KycStanding", struct kyc_standing, standing);
