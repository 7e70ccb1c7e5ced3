/*
 * POST /api/v1/kyc/webhook/: a provider's verdict, in the form that kyc.provider names. Who sends
 * it is known by the signature over the body as it came, so the row receives the request itself.
 */
#ifndef API_SPECIAL_KYC_WEBHOOK_H
#define API_SPECIAL_KYC_WEBHOOK_H

#include "api/http.h"
#include "api/shape.h"

/* What Standard Webhooks brings, and the answer to all forms. */
extern const struct shape kyc_event_in;
extern const struct shape kyc_event_taken;

/* A route's `receive`; out: struct kyc_taken. ERR_SIGNATURE, ERR_MALFORMED, ERR_INVALID. */
MUST_CHECK enum err kyc_webhook(struct ctx *cx, const struct http_request *rq, void *out);

#endif
