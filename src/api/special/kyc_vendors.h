/*
 * The callbacks of vendors of identity checks as the one event that aldgate knows. Pure: a body
 * whose signature was verified goes in, an event comes out. The application's id travels as the
 * vendor's own reference (docs/kyc-provider.md says where the operator puts it).
 */
#ifndef API_SPECIAL_KYC_VENDORS_H
#define API_SPECIAL_KYC_VENDORS_H

#include "crypto/webhook.h"
#include "store/kyc_event.h"

/*
 * Reads the body of a vendor's form (not WEBHOOK_STANDARD). *tells: whether it says anything about
 * an application; if not, *out is left alone. An event whose reference is no id keeps
 * application_id zero; one without a name of its own is named by the digest of its body. status is
 * "approved", "rejected", "resubmit" or "pending". Texts lie in cx's arena. ERR_MALFORMED;
 * ERR_INVALID when it has no time.
 */
MUST_CHECK enum err kyc_vendor_event(struct ctx *cx, enum webhook_form form, struct str body,
				     struct kyc_event *out, bool *tells);

#endif
