/* A provider's verdicts as they came, each taken once. */
#ifndef STORE_KYC_EVENT_H
#define STORE_KYC_EVENT_H

#include "base/ctx.h"
#include "base/uuid.h"

struct kyc_event {
	struct uuid id;
	struct str event_id, webhook_id;
	struct uuid application_id; /* all zero: none of ours */
	struct str status;          /* as the provider said it */
	struct str reason;          /* absent: none */
	struct str outcome;         /* "applied", or why nothing was done */
	int64_t occurred_at, received_at;
};

/* Inside a store_write. ERR_TAKEN: an event of this event_id or webhook_id was taken before. */
MUST_CHECK enum err kyc_event_insert(struct ctx *cx, const struct kyc_event *e);
MUST_CHECK enum err
kyc_event_set_outcome(struct ctx *cx, const struct uuid *id, struct str outcome);

#endif
