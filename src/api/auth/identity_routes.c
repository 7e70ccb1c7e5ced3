/* The rows of surface auth about an identity check: the same use cases as on v1. */
#include "api/auth/identity_routes.h"

#include "api/kyc_shapes.h"
#include "domain/kyc_submit.h"

OP(op_submit, kyc_submit, struct kyc_submit_in, struct kyc_submitted)
OP(op_status, kyc_status, struct nothing, struct kyc_standing)

static const struct route routes[] = {
	{.method = METHOD_POST,
	 .path = "/auth/kyc/submit",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_UPLOAD,
	 .flags = ROUTE_UPLOAD,
	 .needs = NEED_VERIFIED_EMAIL,
	 .in = &kyc_submit_shape,
	 .op = op_submit,
	 .out_size = sizeof(struct kyc_submitted),
	 .answers = {{201, &kyc_submitted_shape}},
	 .errors = {ERR_INVALID, ERR_EMAIL_NOT_VERIFIED, ERR_KYC_OPEN, ERR_KYC_APPROVED,
		    ERR_TOO_LARGE, ERR_THROTTLED},
	 .operation = "kyc_submit",
	 .file = "domain/kyc_submit.c",
	 .summary = "Send papers for an identity check, or those that were asked for again"},
	{.method = METHOD_GET,
	 .path = "/auth/kyc/status",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_status,
	 .out_size = sizeof(struct kyc_standing),
	 .answers = {{200, &kyc_standing_shape}},
	 .operation = "kyc_status",
	 .file = "domain/kyc_submit.c",
	 .summary = "How the caller's identity check stands"},
};

const struct surface identity_surface = {
	.name = "auth",
	.title = "Surface auth: the identity check",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
