/* The two unique indexes are what makes an event work once, however many of it arrive together. */
#include "store/kyc_event.h"

#include "store/rows.h"

enum err
kyc_event_insert(struct ctx *cx, const struct kyc_event *e)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_EVENT_INSERT, &changed, A_ID(&e->id), A_TEXT(e->event_id),
		A_TEXT(e->webhook_id), A_ID(&e->application_id), A_TEXT(e->status),
		A_TEXT(e->reason), A_TEXT(e->outcome), A_INT(e->occurred_at),
		A_INT(e->received_at)));
	return changed ? OK : ERR_TAKEN;
}

enum err
kyc_event_set_outcome(struct ctx *cx, const struct uuid *id, struct str outcome)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_EVENT_SET_OUTCOME, &changed, A_ID(id), A_TEXT(outcome)));
	return changed_one(changed);
}
