/*
 * A submission as it is handed to a provider: one JSON object with the papers in it as base64,
 * written into a spool piece by piece and signed on the way, so that five papers of 10 MiB take no
 * more memory than one line.
 */
#ifndef NOTIFY_HANDOVER_BODY_H
#define NOTIFY_HANDOVER_BODY_H

#include "base/uuid.h"
#include "crypto/spool.h"
#include "crypto/webhook.h"

/*
 * {"type":"kyc.submission","timestamp","data":{"application_id","user_id",…,"documents":[{"id",
 * "kind","content_type","size","sha256","submitted_at","data_base64"}]}} into a new spool, rewound,
 * which the caller frees; every byte of it goes through s too. ERR_NOT_FOUND: the application does
 * not wait for a decision any more, or its papers are gone.
 */
MUST_CHECK enum err handover_body(struct ctx *cx, const struct uuid *application,
				  struct webhook_signer *s, struct spool **out);

#endif
