/*
 * The provider of identity checks: its events come in and are taken once each, and submissions are
 * promised to it. What an event may do to an application is kyc.h's to say.
 */
#ifndef DOMAIN_KYC_PROVIDER_H
#define DOMAIN_KYC_PROVIDER_H

#include "domain/message.h"
#include "store/kyc_event.h"

#define KYC_EVENT_ID_MAX 200 /* characters, without control characters */

struct kyc_taken {
	/* "applied", "stale", "settled" or "not_possible" as of kyc_decided; "repeated": taken
	 * before; "unknown": no application of ours. Nothing is changed but by "applied". */
	struct str result;
};

/*
 * Takes an event whose sender is proven; id, outcome and received_at are set here, and a webhook_id
 * that is absent is the event_id. application_id zero: "unknown". ERR_INVALID: a status that there
 * is not, an id or a reason of the wrong shape, or a time that has not come yet.
 */
MUST_CHECK enum err
kyc_take_event(struct ctx *cx, const struct kyc_event *e, struct kyc_taken *out);

/*
 * Inside a store_write: the application is to be handed over, when kyc.provider_url is set. The
 * message holds its id only.
 */
MUST_CHECK enum err
kyc_promise_hand_over(struct ctx *cx, const struct uuid *application, int64_t now);

/* Inside a store_write: it was handed over. application: its id's text, as the message has it. */
MUST_CHECK enum err kyc_note_hand_over(struct ctx *cx, struct str application, int64_t now);

#define KYC_CHANNEL "webhook" /* of the outbox */
#define KYC_HAND_OVER "kyc_submission"

#endif
