/*
 * What each vendor's callback becomes. The bodies have the members that the vendors' own
 * documentation shows, and some that nothing looks at.
 */
#include "../base/row.h"

#include "api/special/kyc_vendors.h"

#include "base/clock.h"

#define ID "01980000-0000-7000-8000-000000000001"
#define WHEN "2026-11-21T13:23:19Z"

#define SUMSUB(type, result)                                                                       \
	"{\"applicantId\":\"5cb56e8e0a97\",\"correlationId\":\"req-1\",\"externalUserId\":\"" ID   \
	"\",\"type\":\"" type "\",\"reviewResult\":{" result                                       \
	"},\"reviewStatus\":\"completed\",\"createdAtMs\":\"2026-11-21 13:23:19.321\"}"
#define PERSONA(name, attributes)                                                                  \
	"{\"data\":{\"type\":\"event\",\"id\":\"evt_XGuYWp7W\",\"attributes\":{\"name\":\"" name   \
	"\",\"payload\":{\"data\":{\"type\":\"inquiry\",\"id\":\"inq_2CV\",\"attributes\":"        \
	"{" attributes "}}},\"created-at\":\"2026-11-21T13:23:19.321Z\"}}}"
#define ONFIDO(action, status, resource)                                                           \
	"{\"payload\":{\"resource_type\":\"workflow_run\",\"action\":\"" action                    \
	"\",\"object\":{\"id\":\"a\",\"status\":\"" status "\",\"completed_at_iso8601\":\"" WHEN   \
	"\",\"href\":\"https://api\"},\"resource\":{" resource "}}}"
#define VERIFF(status, reason)                                                                     \
	"{\"status\":\"success\",\"verification\":{\"id\":\"12df6045\",\"attemptId\":\"00bc\","    \
	"\"vendorData\":\"" ID "\",\"status\":\"" status "\",\"code\":9001,\"reason\":" reason     \
	",\"decisionTime\":\"2026-11-21T13:23:19.120Z\"},\"technicalData\":{\"ip\":null}}"

#define OURS "\"reference-id\":\"" ID "\""
#define MINE "\"customer_user_id\":\"" ID "\""

struct want {
	enum webhook_form form;
	const char *body;
	const char *status; /* NULL: it tells nothing */
	const char *reason;
};

static const struct want rows[] = {
	{WEBHOOK_SUMSUB, SUMSUB("applicantReviewed", "\"reviewAnswer\":\"GREEN\""), "approved",
	 NULL},
	{WEBHOOK_SUMSUB,
	 SUMSUB("applicantReviewed",
		"\"reviewAnswer\":\"RED\",\"reviewRejectType\":\"FINAL\",\"clientComment\":"
		"\"secret\","
		"\"moderationComment\":\" One\\nTwo \",\"rejectLabels\":[\"FORGERY\"]"),
	 "rejected", "One Two"},
	{WEBHOOK_SUMSUB,
	 SUMSUB("applicantReviewed", "\"reviewAnswer\":\"RED\",\"reviewRejectType\":\"RETRY\","
				     "\"moderationComment\":\"\",\"rejectLabels\":[\"A\",7,\"B\"]"),
	 "resubmit", "A, B"},
	{WEBHOOK_SUMSUB, SUMSUB("applicantReviewed", "\"reviewAnswer\":\"RED\""), "rejected", NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantReviewed", "\"reviewAnswer\":\"YELLOW\""), NULL, NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantReviewed", ""), NULL, NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantPending", ""), "pending", NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantOnHold", ""), "pending", NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantCreated", ""), NULL, NULL},
	{WEBHOOK_SUMSUB, SUMSUB("applicantActionReviewed", "\"reviewAnswer\":\"GREEN\""), NULL,
	 NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.approved", OURS), "approved", NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.declined", OURS), "rejected", NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.failed", OURS), "rejected", NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.completed", OURS), "pending", NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.marked-for-review", OURS), "pending", NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.approved", "\"referenceId\":\"" ID "\""), "approved",
	 NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.approved", "\"reference_id\":\"" ID "\""), "approved",
	 NULL},
	{WEBHOOK_PERSONA, PERSONA("inquiry.started", OURS), NULL, NULL},
	{WEBHOOK_PERSONA, PERSONA("verification.passed", OURS), NULL, NULL},
	{WEBHOOK_ONFIDO, ONFIDO("workflow_run.completed", "approved", MINE), "approved", NULL},
	{WEBHOOK_ONFIDO,
	 ONFIDO("workflow_run.completed", "declined", MINE ",\"reasons\":[\"expired\",\"\"]"),
	 "rejected", "expired"},
	{WEBHOOK_ONFIDO, ONFIDO("workflow_run.completed", "review", MINE), "pending", NULL},
	{WEBHOOK_ONFIDO, ONFIDO("workflow_run.completed", "abandoned", MINE), NULL, NULL},
	{WEBHOOK_ONFIDO, ONFIDO("workflow_task.started", "approved", MINE), NULL, NULL},
	{WEBHOOK_ONFIDO, ONFIDO("check.completed", "complete", MINE), NULL, NULL},
	{WEBHOOK_VERIFF, VERIFF("approved", "null"), "approved", NULL},
	{WEBHOOK_VERIFF, VERIFF("declined", "\"Suspected fraud\""), "rejected", "Suspected fraud"},
	{WEBHOOK_VERIFF, VERIFF("resubmission_requested", "\"Blurry\""), "resubmit", "Blurry"},
	{WEBHOOK_VERIFF, VERIFF("review", "null"), "pending", NULL},
	{WEBHOOK_VERIFF, VERIFF("expired", "null"), NULL, NULL},
	{WEBHOOK_VERIFF, VERIFF("abandoned", "null"), NULL, NULL},
	{WEBHOOK_VERIFF,
	 "{\"id\":\"f0\",\"code\":7002,\"action\":\"submitted\",\"vendorData\":\"" ID "\"}", NULL,
	 NULL},
	{WEBHOOK_SUMSUB, "{}", NULL, NULL},
	{WEBHOOK_PERSONA, "{\"data\":[]}", NULL, NULL},
	{WEBHOOK_ONFIDO, "{\"payload\":{\"action\":{\"a\":1}}}", NULL, NULL},
	{WEBHOOK_VERIFF, "{\"verification\":null}", NULL, NULL},
};

struct reading {
	struct arena arena;
	struct ctx cx;
	enum err result;
	bool tells;
	struct kyc_event event;
};

static void
read_it(struct reading *r, enum webhook_form form, struct str body)
{
	*r = (struct reading){.result = OK};
	arena_init(&r->arena, 1 << 20);
	r->cx.arena = &r->arena;
	r->result = kyc_vendor_event(&r->cx, form, body, &r->event, &r->tells);
}

static bool
as_wanted(const struct reading *r, const struct want *w)
{
	struct uuid id;
	int64_t at;

	if (r->result != OK || r->tells != (w->status != NULL))
		return false;
	if (!r->tells)
		return true;
	assert_true(uuid_parse(S(ID), &id) && time_parse(S(WHEN), &at));
	return str_eq(r->event.status, str_of(w->status)) &&
	       str_eq(r->event.reason, str_of(w->reason)) &&
	       str_absent(r->event.reason) == (w->reason == NULL) &&
	       uuid_eq(&r->event.application_id, &id) &&
	       r->event.occurred_at / SECOND == at / SECOND;
}

static void
callbacks(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reading r;

		read_it(&r, rows[i].form, str_of(rows[i].body));
		if (!as_wanted(&r, &rows[i]))
			fail_row("%s", rows[i].body);
		arena_release(&r.arena);
	}
}

/* Its own name where the vendor has one, else the body's digest. */
static void
names(void **state)
{
	struct reading r;

	read_it(&r, WEBHOOK_PERSONA, S(PERSONA("inquiry.approved", OURS)));
	assert_str(r.event.event_id, S("evt_XGuYWp7W"));
	assert_true(str_absent(r.event.webhook_id));
	arena_release(&r.arena);
	read_it(&r, WEBHOOK_VERIFF, S(VERIFF("approved", "null")));
	assert_true(str_starts(r.event.event_id, S("sha256:")));
	assert_int_equal(r.event.event_id.n, 7 + 64);
	arena_release(&r.arena);
}

static void
references(void **state)
{
	static const char *const none[] = {
		PERSONA("inquiry.approved", "\"reference-id\":null"),
		PERSONA("inquiry.approved", "\"reference-id\":7"),
		PERSONA("inquiry.approved", "\"reference-id\":\"user-17\""),
		PERSONA("inquiry.approved", "\"reference-id\":\"" ID " \""),
		PERSONA("inquiry.approved", "\"other\":1"),
	};

	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct reading r;

		read_it(&r, WEBHOOK_PERSONA, str_of(none[i]));
		if (r.result != OK || !r.tells || !uuid_is_zero(&r.event.application_id))
			fail_row("%s", none[i]);
		arena_release(&r.arena);
	}
}

static void
times(void **state)
{
	static const struct {
		const char *time;
		bool good;
	} list[] = {
		{"2026-11-21 13:23:19.321", true},   {"2026-11-21 13:23:19", true},
		{"2026-11-21 13:23:19+0000", true},  {WHEN, true},
		{"2026-11-21T15:23:19+02:00", true}, {"2026-11-21 13:23:19+0200", false},
		{"2026-02-30 13:23:19", false},      {"2026-11-21", false},
		{"yesterday at the usual", false},   {"", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct reading r;
		char body[256];
		int64_t at;

		(void)snprintf(body, sizeof(body),
			       "{\"type\":\"applicantPending\",\"createdAt\":\"%s\"}",
			       list[i].time);
		read_it(&r, WEBHOOK_SUMSUB, str_of(body));
		assert_true(time_parse(S(WHEN), &at));
		if (r.result != (list[i].good ? OK : ERR_INVALID) ||
		    (list[i].good && r.event.occurred_at / SECOND != at / SECOND))
			fail_row("%s", list[i].time);
		arena_release(&r.arena);
	}
}

static void
reasons(void **state)
{
	static const struct {
		const char *reason;
		size_t length; /* characters that are kept */
	} list[] = {
		{"\\u0000\\u001f", 0}, {"a\\u0000b", 3}, {"a\\u202eb", 0}, {"\\u00e4", 1}, {" ", 0},
	};
	char body[4096], text[2048];

	for (size_t i = 0; i <= ARRAY_LEN(list); i++) {
		struct reading r;
		size_t want = i < ARRAY_LEN(list) ? list[i].length : 500;

		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		(void)snprintf(body, sizeof(body),
			       "{\"verification\":{\"status\":\"declined\",\"reason\":\"%s\","
			       "\"decisionTime\":\"" WHEN "\"}}",
			       i < ARRAY_LEN(list) ? list[i].reason : text);
		read_it(&r, WEBHOOK_VERIFF, str_of(body));
		if (r.result != OK || utf8_length(r.event.reason) != want)
			fail_row("row %zu", i);
		arena_release(&r.arena);
	}
}

static void
no_json(void **state)
{
	static const char *const bodies[] = {
		"", "[]", "7", "{", "{\"a\":1,\"a\":2}", "\xff", "{\"type\":\"applicantPending\"",
	};

	for (int form = WEBHOOK_SUMSUB; form < WEBHOOK_FORMS; form++)
		for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
			struct reading r;

			read_it(&r, (enum webhook_form)form, str_of(bodies[i]));
			if (r.result != ERR_MALFORMED)
				fail_row("\"%s\"", bodies[i]);
			arena_release(&r.arena);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callbacks),  cmocka_unit_test(names),
		cmocka_unit_test(references), cmocka_unit_test(times),
		cmocka_unit_test(reasons),    cmocka_unit_test(no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
