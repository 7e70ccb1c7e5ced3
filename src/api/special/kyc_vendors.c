/*
 * A vendor is a row: where in its body stand the words that tell what happened, the reference, the
 * time and the reason, and a list of what those words mean. What no list names is news that decides
 * nothing (a session was opened, a person uploaded a page), and is not taken for a verdict.
 */
#include "api/special/kyc_vendors.h"

#include "base/clock.h"
#include "base/json_read.h"
#include "domain/admin.h"

#define WORDS 3
#define PLACES 3 /* that a value may stand at; the first that has one counts */
#define EVENT_ID_MAX 200

/* Words of the callback, in the order of the vendor's row (NULL: any), and what they mean. */
struct meaning {
	const char *says[WORDS];
	const char *status;
};

struct vendor {
	const char *words[WORDS]; /* where they stand: members apart by dots */
	const char *id;           /* NULL: it has none */
	const char *reference[PLACES];
	const char *time[PLACES];
	const char *reason[PLACES]; /* a text or a list of texts, fit for the applicant's eyes */
	const struct meaning *meanings;
	size_t n;
};

static const struct meaning sumsub[] = {
	{{"applicantReviewed", "GREEN"}, "approved"},
	{{"applicantReviewed", "RED", "RETRY"}, "resubmit"},
	{{"applicantReviewed", "RED"}, "rejected"},
	{{"applicantPending"}, "pending"},
	{{"applicantOnHold"}, "pending"},
	{{"applicantAwaitingService"}, "pending"},
	{{"applicantAwaitingUser"}, "pending"},
};

static const struct meaning persona[] = {
	{{"inquiry.approved"}, "approved"},         {{"inquiry.declined"}, "rejected"},
	{{"inquiry.failed"}, "rejected"},           {{"inquiry.completed"}, "pending"},
	{{"inquiry.marked-for-review"}, "pending"},
};

static const struct meaning onfido[] = {
	{{"workflow_run.completed", "approved"}, "approved"},
	{{"workflow_run.completed", "declined"}, "rejected"},
	{{"workflow_run.completed", "review"}, "pending"},
};

static const struct meaning veriff[] = {
	{{"approved"}, "approved"},
	{{"declined"}, "rejected"},
	{{"resubmission_requested"}, "resubmit"},
	{{"review"}, "pending"},
};

#define INQUIRY "data.attributes.payload.data.attributes."
#define MEANINGS(list) .meanings = (list), .n = ARRAY_LEN(list)

static const struct vendor vendors[WEBHOOK_FORMS] = {
	[WEBHOOK_SUMSUB] = {.words = {"type", "reviewResult.reviewAnswer",
				      "reviewResult.reviewRejectType"},
			    .reference = {"externalUserId"},
			    .time = {"createdAtMs", "createdAt"},
			    .reason = {"reviewResult.moderationComment",
				       "reviewResult.rejectLabels"},
			    MEANINGS(sumsub)},
	[WEBHOOK_PERSONA] = {.words = {"data.attributes.name"},
			     .id = "data.id",
			     .reference = {INQUIRY "reference-id", INQUIRY "reference_id",
					   INQUIRY "referenceId"},
			     .time = {"data.attributes.created-at", "data.attributes.created_at",
				      "data.attributes.createdAt"},
			     MEANINGS(persona)},
	[WEBHOOK_ONFIDO] = {.words = {"payload.action", "payload.object.status"},
			    .reference = {"payload.resource.customer_user_id"},
			    .time = {"payload.object.completed_at_iso8601",
				     "payload.resource.updated_at"},
			    .reason = {"payload.resource.reasons"},
			    MEANINGS(onfido)},
	[WEBHOOK_VERIFF] = {.words = {"verification.status"},
			    .reference = {"verification.vendorData"},
			    .time = {"verification.decisionTime", "verification.submissionTime"},
			    .reason = {"verification.reason"},
			    MEANINGS(veriff)},
};

/* NULL when the path ends before its last member. */
static const struct json *
at(struct ctx *cx, const struct json *v, const char *path)
{
	struct str rest = str_of(path), name;

	while (v && str_cut(&rest, '.', &name))
		v = json_member(v, str_z(cx->arena, name));
	return v;
}

static struct str
text_at(struct ctx *cx, const struct json *body, const char *const places[PLACES])
{
	struct str s = STR_NONE;

	for (size_t i = 0; i < PLACES && places[i] && str_absent(s); i++)
		s = json_string(at(cx, body, places[i]));
	return s;
}

static bool
means(const struct meaning *m, const struct str *words)
{
	for (size_t i = 0; i < WORDS && m->says[i]; i++)
		if (!str_eq(str_of(m->says[i]), words[i]))
			return false;
	return true;
}

static const struct meaning *
meaning_of(struct ctx *cx, const struct vendor *v, const struct json *body)
{
	struct str words[WORDS] = {STR_NONE};

	for (size_t i = 0; i < WORDS && v->words[i]; i++)
		words[i] = json_string(at(cx, body, v->words[i]));
	for (size_t i = 0; i < v->n; i++)
		if (means(&v->meanings[i], words))
			return &v->meanings[i];
	return NULL;
}

/* RFC 3339, or Sumsub's "2026-11-21 19:00:00.123" (in UTC, at times with "+0000" behind it). */
static bool
read_time(struct ctx *cx, struct str s, int64_t *us)
{
	struct buf text;

	if (time_parse(s, us))
		return true;
	if (s.n < 19 || s.p[10] != ' ')
		return false;
	if (str_ends(s, S("+0000")))
		s.n -= 5;
	buf_init_arena(&text, cx->arena, 64);
	buf_add(&text, s.p, 10);
	buf_char(&text, 'T');
	buf_str(&text, str_from(s, 11));
	buf_char(&text, 'Z');
	return !text.full && time_parse(buf_view(&text), us);
}

/* One line of at most REASON_MAX characters; absent when it is no text to show. */
static struct str
tidy(struct ctx *cx, struct str s)
{
	struct str out = str_copy(cx->arena, s), rest;
	char *p = (char *)(uintptr_t)out.p;
	uint32_t c;
	size_t left = REASON_MAX;

	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)p[i] < ' ')
			p[i] = ' ';
	if (!utf8_valid(out) || utf8_has_control(out))
		return STR_NONE;
	out = str_trim(out);
	for (rest = out; rest.n && left > 0; left--)
		rest = str_from(rest, utf8_next(rest, &c));
	out.n -= rest.n;
	return out.n ? out : STR_NONE;
}

static struct str
joined(struct ctx *cx, const struct json *list)
{
	struct buf text;

	buf_init_arena(&text, cx->arena, (size_t)64 * 1024);
	for (size_t i = 0; i < json_count(list); i++) {
		struct str one = json_string(json_element(list, i));

		if (one.n == 0)
			continue;
		buf_z(&text, text.n ? ", " : "");
		buf_str(&text, one);
	}
	return buf_view(&text);
}

static struct str
read_reason(struct ctx *cx, const struct vendor *v, const struct json *body)
{
	struct str reason = STR_NONE;

	for (size_t i = 0; i < PLACES && v->reason[i] && str_absent(reason); i++) {
		const struct json *value = at(cx, body, v->reason[i]);
		bool list = json_kind(value) == JSON_KIND_ARRAY;
		struct str s = list ? joined(cx, value) : json_string(value);

		reason = s.n ? tidy(cx, s) : STR_NONE;
	}
	return reason;
}

/* The vendor's name for the event when it has one that can be kept, else the body's digest. */
static struct str
read_id(struct ctx *cx, const struct vendor *v, const struct json *json, struct str body)
{
	struct str id = v->id ? json_string(at(cx, json, v->id)) : STR_NONE;

	if (id.n > 0 && id.n <= EVENT_ID_MAX && utf8_valid(id) && !utf8_has_control(id))
		return str_copy(cx->arena, id);
	return webhook_body_name(cx, body);
}

enum err
kyc_vendor_event(struct ctx *cx, enum webhook_form form, struct str body, struct kyc_event *out,
		 bool *tells)
{
	const struct vendor *v = &vendors[form];
	struct json *json CLEANUP_JSON = NULL;
	const struct meaning *m;
	struct kyc_event e = {.status = STR_NONE};

	TRY(json_parse_object(cx, body, &json));
	m = meaning_of(cx, v, json);
	*tells = m != NULL;
	if (!m)
		return OK;
	if (!read_time(cx, text_at(cx, json, v->time), &e.occurred_at))
		return fail_field(cx, v->time[0], "The time of the event is not readable.");
	if (!uuid_parse(text_at(cx, json, v->reference), &e.application_id))
		e.application_id = (struct uuid){{0}};
	e.event_id = read_id(cx, v, json, body);
	e.status = str_of(m->status);
	e.reason = read_reason(cx, v, json);
	*out = e;
	return OK;
}
