/*
 * First the signature, then all else: nothing of a body is read before its sender is known, and a
 * header that stands twice is as good as none. Without a secret nobody can sign, so nobody is
 * heard.
 */
#include "api/special/kyc_webhook.h"

#include "api/special/kyc_vendors.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/webhook.h"
#include "domain/kyc_provider.h"

static const struct field in_fields[] = {
	{"event_id", FIELD_TEXT, FIELD_REQUIRED, AT(struct kyc_event, event_id)},
	{"application_id", FIELD_ID, FIELD_REQUIRED, AT(struct kyc_event, application_id)},
	{"status", FIELD_WORD, FIELD_REQUIRED, AT(struct kyc_event, status)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_event, reason)},
	{"occurred_at", FIELD_TIME, FIELD_REQUIRED, AT(struct kyc_event, occurred_at)},
};
const struct shape kyc_event_in = SHAPE("KycEvent", struct kyc_event, in_fields);

static const struct field taken_fields[] = {
	{"result", FIELD_TEXT, 0, AT(struct kyc_taken, result)},
};
const struct shape kyc_event_taken = SHAPE("KycEventTaken", struct kyc_taken, taken_fields);

static enum err
verify(struct ctx *cx, enum webhook_form form, const struct http_request *rq, struct webhook *w)
{
	*w = (struct webhook){.body = rq->body.n ? rq->body : S("")};
	for (int i = 0; i < WEBHOOK_HEADERS; i++) {
		const char *name = webhook_header_name(form, (enum webhook_header)i);
		size_t count = 0;

		if (!name)
			continue;
		w->headers[i] = http_header(rq, name, &count);
		if (count != 1)
			w->headers[i] = STR_NONE;
	}
	return webhook_verify(form, cx->config->kyc_webhook_keys, w, clock_now());
}

static enum err
read_standard(struct ctx *cx, const struct webhook *w, struct kyc_event *out)
{
	struct json *body CLEANUP_JSON = NULL;

	TRY(json_parse_object(cx, w->body, &body));
	TRY(shape_bind(cx, &kyc_event_in, body, out));
	out->webhook_id = w->headers[WEBHOOK_ID];
	return OK;
}

enum err
kyc_webhook(struct ctx *cx, const struct http_request *rq, void *out)
{
	enum webhook_form form = webhook_form(cx->config->kyc_provider);
	struct kyc_taken *taken = out;
	struct kyc_event event = {.status = STR_NONE};
	struct webhook w;
	bool tells = true;
	enum err e = verify(cx, form, rq, &w);

	if (e != OK) {
		metric_count(METRIC_KYC_EVENTS_REFUSED);
		log_event(cx, LOG_WARNING, "kyc_webhook_refused");
		return e;
	}
	if (form == WEBHOOK_STANDARD)
		TRY(read_standard(cx, &w, &event));
	else
		TRY(kyc_vendor_event(cx, form, w.body, &event, &tells));
	if (tells)
		return kyc_take_event(cx, &event, taken);
	metric_count(METRIC_KYC_EVENTS_IGNORED);
	taken->result = S("ignored");
	return OK;
}
