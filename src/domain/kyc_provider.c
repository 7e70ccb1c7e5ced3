/*
 * An event is inserted before anything is done by it: its row, unique by either of its ids, is what
 * a repeat runs into, however many arrive at once. Events that change nothing are kept as well, for
 * who wants to know later why an application is not what its provider says.
 */
#include "domain/kyc_provider.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/webhook.h"
#include "domain/admin.h"
#include "domain/audit.h"
#include "domain/kyc.h"
#include "store/store.h"

static const struct {
	struct str status;
	enum kyc_verdict verdict;
} statuses[] = {
	{{"approved", 8}, KYC_APPROVE},
	{{"rejected", 8}, KYC_REJECT},
	{{"resubmit", 8}, KYC_ASK_AGAIN},
	{{"pending", 7}, KYC_WAIT},
};

static const struct {
	struct str result;
	enum metric metric;
} results[] = {
	{{"applied", 7}, METRIC_KYC_EVENTS_APPLIED},
	{{"stale", 5}, METRIC_KYC_EVENTS_STALE},
	{{"settled", 7}, METRIC_KYC_EVENTS_SETTLED},
	{{"not_possible", 12}, METRIC_KYC_EVENTS_NOT_POSSIBLE},
	{{"repeated", 8}, METRIC_KYC_EVENTS_REPEATED},
	{{"unknown", 7}, METRIC_KYC_EVENTS_UNKNOWN},
};

struct taking {
	struct kyc_event event;
	enum kyc_verdict verdict;
	struct kyc_taken *out;
};

static bool
verdict_of(struct str status, enum kyc_verdict *out)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (!str_eq(status, statuses[i].status))
			continue;
		*out = statuses[i].verdict;
		return true;
	}
	return false;
}

static enum err
check(struct ctx *cx, struct taking *t)
{
	const struct kyc_event *e = &t->event;
	enum err reason = admin_check_reason(cx, e->reason);

	if (!utf8_valid(e->event_id) || utf8_has_control(e->event_id) ||
	    utf8_length(e->event_id) > KYC_EVENT_ID_MAX)
		(void)fail_field(cx, "event_id",
				 "Use at most 200 characters, none of them for control.");
	if (!verdict_of(e->status, &t->verdict))
		(void)fail_field(cx, "status", "Use approved, rejected, resubmit or pending.");
	if (e->occurred_at > e->received_at + WEBHOOK_TOLERANCE)
		(void)fail_field(cx, "occurred_at", "This time has not come yet.");
	return cx->fault.fields ? ERR_INVALID : reason;
}

/* Events that changed nothing are audited too: somebody expected something of them. */
static enum err
note(struct ctx *cx, const struct taking *t, const struct kyc_application *a)
{
	if (str_eq(t->event.outcome, S("applied")))
		return OK;
	return audit_note_detail(cx, "kyc_event_without_effect", &a->user_id,
				 kyc_detail(cx, a, NULL), t->event.received_at);
}

static enum err
apply(struct ctx *cx, struct taking *t)
{
	struct kyc_event *e = &t->event;
	struct kyc_decision d = {
		.application = e->application_id,
		.verdict = t->verdict,
		.source = KYC_BY_PROVIDER,
		.reason = e->reason,
		.occurred_at = e->occurred_at,
	};
	struct kyc_decided decided;

	TRY(kyc_decide(cx, &d, e->received_at, &decided));
	e->outcome = decided.outcome;
	TRY(kyc_event_set_outcome(cx, &e->id, e->outcome));
	return note(cx, t, &decided.application);
}

/* Whether the event's application is there; of one that is not, the event keeps no id. */
static enum err
look_up(struct ctx *cx, struct kyc_event *e)
{
	struct kyc_application a;
	enum err found = kyc_hold(cx, &e->application_id, &a);

	if (found == ERR_NOT_FOUND)
		e->application_id = (struct uuid){{0}};
	return err_map(found, ERR_NOT_FOUND, OK);
}

static enum err
take(struct ctx *cx, void *arg)
{
	struct taking *t = arg, now = *t;
	enum err e;

	TRY(look_up(cx, &now.event));
	now.event.outcome = S("unknown");
	e = kyc_event_insert(cx, &now.event);
	t->out->result = e == ERR_TAKEN ? S("repeated") : now.event.outcome;
	if (e != OK || uuid_is_zero(&now.event.application_id))
		return err_map(e, ERR_TAKEN, OK);
	TRY(apply(cx, &now));
	t->out->result = now.event.outcome;
	return OK;
}

static void
tell(struct ctx *cx, const struct taking *t)
{
	const struct kyc_event *e = &t->event;
	bool odd = str_eq(t->out->result, S("unknown"));

	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		if (str_eq(t->out->result, results[i].result))
			metric_count(results[i].metric);
	log_event(cx, odd ? LOG_WARNING : LOG_INFO, "kyc_event", LOG_STR("event", e->event_id),
		  LOG_UUID("application", &e->application_id), LOG_STR("status", e->status),
		  LOG_STR("result", t->out->result));
}

enum err
kyc_take_event(struct ctx *cx, const struct kyc_event *e, struct kyc_taken *out)
{
	struct taking t = {.event = *e, .out = out};

	t.event.received_at = clock_now();
	if (str_absent(t.event.webhook_id))
		t.event.webhook_id = t.event.event_id;
	TRY(check(cx, &t));
	TRY(uuid_new(&t.event.id));
	TRY(store_write(cx, take, &t));
	tell(cx, &t);
	return OK;
}

enum err
kyc_promise_hand_over(struct ctx *cx, const struct uuid *application, int64_t now)
{
	struct str id = uuid_text(cx->arena, application);
	struct message m = {
		.channel = KYC_CHANNEL,
		.to = id,
		.template = KYC_HAND_OVER,
	};

	return str_absent(cx->config->kyc_provider_url) ? OK : message_queue(cx, &m, now);
}

enum err
kyc_note_hand_over(struct ctx *cx, struct str application, int64_t now)
{
	struct kyc_application a;
	struct uuid id;
	enum err found;

	if (!uuid_parse(application, &id))
		return ERR_INTERNAL;
	found = kyc_by_id(cx, &id, &a);
	if (found != OK)
		return err_map(found, ERR_NOT_FOUND, OK);
	return audit_note_detail(cx, "kyc_handed_over", &a.user_id, kyc_detail(cx, &a, NULL), now);
}
