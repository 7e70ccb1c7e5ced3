/* A provider's events: each once by either of its ids, kept whatever comes of it, and told of. */
#include "kyc_case.h"

#include "domain/kyc_provider.h"

static struct kyc_event
event(const struct kyc_application *a, const char *id, const char *status, int64_t at)
{
	return (struct kyc_event){
		.event_id = str_of(id),
		.application_id = a->id,
		.status = str_of(status),
		.occurred_at = START + at * SECOND,
	};
}

static void
taken_as(struct domain_case *t, struct kyc_event e, const char *result)
{
	struct kyc_taken out = {STR_NONE};

	must(kyc_take_event(&t->cx, &e, &out));
	assert_str(out.result, str_of(result));
}

static struct str
status_of(struct domain_case *t, const struct kyc_application *a)
{
	struct kyc_application now;

	must(kyc_by_id(&t->cx, &a->id, &now));
	return now.status;
}

static void
once_and_in_order(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_event e;

	taken_as(t, event(&a, "e1", "pending", -30), "applied");
	e = event(&a, "e2", "approved", -20);
	e.webhook_id = S("e1");
	taken_as(t, e, "repeated");
	taken_as(t, event(&a, "e1", "approved", -20), "repeated");
	taken_as(t, event(&a, "e3", "rejected", -40), "stale");
	assert_str(status_of(t, &a), KYC_PENDING);
	taken_as(t, event(&a, "e4", "approved", -10), "applied");
	taken_as(t, event(&a, "e5", "resubmit", -5), "not_possible");
	taken_as(t, event(&a, "e4", "rejected", -1), "repeated");
	assert_str(status_of(t, &a), KYC_APPROVED);
	assert_int_equal(case_count(t, "select count(*) from kyc_events"), 4);
	assert_int_equal(case_count(t, "select count(*) from kyc_events where outcome = 'applied'"),
			 2);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'kyc_event_without_effect'"),
			 2);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'kyc_approved'"),
			 1);
}

static void
reviewers_word_stands(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_decision d = {.application = a.id,
				 .verdict = KYC_REJECT,
				 .source = KYC_BY_OPERATOR,
				 .reason = S("no")};
	struct kyc_decided out;

	must(kyc_case_decide(t, d, &out));
	taken_as(t, event(&a, "e1", "approved", 0), "settled");
	assert_str(status_of(t, &a), KYC_REJECTED);
	assert_int_equal(case_count(t, "select count(*) from kyc_events where outcome = 'settled'"),
			 1);
}

static void
unknown(void **state)
{
	struct domain_case *t = *state;
	struct kyc_application nobody = {.status = STR_NONE};

	taken_as(t, event(&nobody, "e1", "approved", 0), "unknown");
	taken_as(t, event(&nobody, "e1", "approved", 0), "repeated");
	must(uuid_new(&nobody.id));
	taken_as(t, event(&nobody, "e2", "approved", 0), "unknown");
	assert_int_equal(case_count(t, "select count(*) from kyc_events where outcome = 'unknown' "
				       "and application_id is null"),
			 2);
}

static void
wrong(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	char longest[KYC_EVENT_ID_MAX + 2];
	struct kyc_event rows[] = {
		event(&a, "e1", "expired", 0),    event(&a, "e1", "APPROVED", 0),
		event(&a, "e1", "approved", 301), event(&a, longest, "approved", 0),
		event(&a, "e\n1", "approved", 0), event(&a, "e1", "rejected", 0),
	};
	struct kyc_taken out;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	rows[3].event_id = str_of(longest);
	rows[5].reason = S("a\x1b[2J");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fault_clear(&t->cx);
		assert_int_equal(kyc_take_event(&t->cx, &rows[i], &out), ERR_INVALID);
	}
	fault_clear(&t->cx);
	assert_int_equal(case_count(t, "select count(*) from kyc_events"), 0);
	taken_as(t, event(&a, longest + 1, "approved", 300), "applied");
}

static enum err
promise(struct ctx *cx, void *arg)
{
	return kyc_promise_hand_over(cx, arg, clock_now());
}

static void
no_provider_no_promise(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);

	must(store_write(&t->cx, promise, &a.id));
	assert_int_equal(case_count(t, "select count(*) from outbox where channel = 'webhook'"), 0);
	t->config.kyc_provider_url = S("https://kyc.example/");
	must(store_write(&t->cx, promise, &a.id));
	assert_int_equal(case_count(t, "select count(*) from outbox where channel = 'webhook'"), 1);
}

static int
make(void **state)
{
	static struct domain_case t;

	domain_case_make(&t, NULL);
	*state = &t;
	return 0;
}

static int
end(void **state)
{
	domain_case_end(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(once_and_in_order),
		TEST(reviewers_word_stands),
		TEST(unknown),
		TEST(wrong),
		TEST(no_provider_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
