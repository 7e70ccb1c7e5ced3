/* Which decision may follow which state, whoever makes it; and what each leaves behind. */
#include "kyc_case.h"

static struct str
status_of(struct domain_case *t, const struct uuid *user)
{
	struct user u;

	must(user_by_id(&t->cx, user, &u));
	return u.kyc_status;
}

static struct str
last_mail(struct domain_case *t)
{
	struct mail mail = {.template = S("none")};

	while (next_mail(t, &mail))
		;
	return mail.template;
}

static void
reviewer_is(struct domain_case *t, const char *email, const char *role)
{
	struct user u = case_user(t, str_of(email), str_of(role), true);
	struct str access;

	case_sign_in(t, &u, &access);
	as(t, access);
}

static struct kyc_decision
decision(const struct kyc_application *a, enum kyc_verdict v, enum kyc_source s, int64_t at)
{
	return (struct kyc_decision){.application = a->id,
				     .verdict = v,
				     .source = s,
				     .reason = S("because"),
				     .occurred_at = at};
}

/* Each row goes on from the one before. */
struct row {
	enum kyc_verdict verdict;
	enum kyc_source source;
	int64_t at; /* seconds behind START */
	enum err want;
	const char *outcome, *status, *mail;
};

static void
walk(struct domain_case *t, const struct row *rows, size_t n)
{
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_decided out;

	reviewer_is(t, "rev@example.com", "KYC_REVIEWER");
	(void)last_mail(t);
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct kyc_decision d = decision(&a, r->verdict, r->source, START + r->at * SECOND);

		print_message("row %zu\n", i);
		assert_int_equal(kyc_case_decide(t, d, &out), r->want);
		if (r->want == OK)
			assert_str(out.outcome, str_of(r->outcome));
		must(kyc_by_id(&t->cx, &a.id, &a));
		assert_str(a.status, str_of(r->status));
		assert_str(status_of(t, &u.id), a.status);
		assert_str(last_mail(t), str_of(r->mail));
	}
}

static void
people(void **state)
{
	static const struct row rows[] = {
		{KYC_REVOKE, KYC_BY_REVIEWER, 0, ERR_CONFLICT, NULL, "pending", "none"},
		{KYC_APPROVE, KYC_BY_REVIEWER, 0, OK, "applied", "approved", "kyc_approved"},
		{KYC_REJECT, KYC_BY_REVIEWER, 0, ERR_CONFLICT, NULL, "approved", "none"},
		{KYC_APPROVE, KYC_BY_OPERATOR, 0, ERR_CONFLICT, NULL, "approved", "none"},
		{KYC_REJECT, KYC_BY_PROVIDER, 9, OK, "settled", "approved", "none"},
		{KYC_REVOKE, KYC_BY_REVIEWER, 0, OK, "applied", "rejected", "kyc_revoked"},
		{KYC_APPROVE, KYC_BY_PROVIDER, 10, OK, "settled", "rejected", "none"},
		{KYC_ASK_AGAIN, KYC_BY_OPERATOR, 0, ERR_CONFLICT, NULL, "rejected", "none"},
	};

	walk(*state, rows, ARRAY_LEN(rows));
}

static void
provider(void **state)
{
	static const struct row rows[] = {
		{KYC_APPROVE, KYC_BY_PROVIDER, -61, OK, "stale", "pending", "none"},
		{KYC_WAIT, KYC_BY_PROVIDER, -60, OK, "applied", "pending", "none"},
		{KYC_WAIT, KYC_BY_PROVIDER, 20, OK, "applied", "pending", "none"},
		{KYC_REJECT, KYC_BY_PROVIDER, 19, OK, "stale", "pending", "none"},
		{KYC_REVOKE, KYC_BY_PROVIDER, 20, OK, "not_possible", "pending", "none"},
		{KYC_APPROVE, KYC_BY_PROVIDER, 20, OK, "applied", "approved", "kyc_approved"},
		{KYC_REJECT, KYC_BY_PROVIDER, 19, OK, "stale", "approved", "none"},
		{KYC_WAIT, KYC_BY_PROVIDER, 21, OK, "not_possible", "approved", "none"},
		{KYC_REJECT, KYC_BY_PROVIDER, 22, OK, "applied", "rejected", "kyc_revoked"},
		{KYC_APPROVE, KYC_BY_PROVIDER, 23, OK, "not_possible", "rejected", "none"},
	};

	walk(*state, rows, ARRAY_LEN(rows));
}

static void
asked_again(void **state)
{
	static const struct row rows[] = {
		{KYC_ASK_AGAIN, KYC_BY_PROVIDER, 1, OK, "applied", "resubmit", "kyc_resubmit"},
		{KYC_APPROVE, KYC_BY_PROVIDER, 2, OK, "not_possible", "resubmit", "none"},
		{KYC_APPROVE, KYC_BY_REVIEWER, 0, ERR_CONFLICT, NULL, "resubmit", "none"},
	};
	struct domain_case *t = *state;

	walk(t, rows, ARRAY_LEN(rows));
	assert_int_equal(case_count(t, "select asked = 'front' from kyc_applications"), 1);
	assert_int_equal(case_count(t, "select count(*) from kyc_history"), 1);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'kyc_resubmit_asked' and actor_id is null"),
			 0);
}

static void
who_may_not(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), S("KYC_REVIEWER"), true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_decision d = decision(&a, KYC_APPROVE, KYC_BY_REVIEWER, 0);
	struct kyc_decided out;
	struct str access;

	nobody(t);
	assert_int_equal(kyc_case_decide(t, d, &out), ERR_NOT_SIGNED_IN);
	case_sign_in(t, &u, &access);
	as(t, access);
	assert_int_equal(kyc_case_decide(t, d, &out), ERR_OWN_APPLICATION);
	reviewer_is(t, "seller@example.com", "SELLER");
	assert_int_equal(kyc_case_decide(t, d, &out), ERR_ROLE_REQUIRED);
	d.application.b[0] ^= 1;
	assert_int_equal(kyc_case_decide(t, d, &out), ERR_NOT_FOUND);
	assert_int_equal(case_count(t, "select count(*) from kyc_history"), 0);
	assert_str(status_of(t, &u.id), KYC_PENDING);
}

static void
four_eyes(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_decision d = decision(&a, KYC_APPROVE, KYC_BY_REVIEWER, 0);
	struct kyc_decided out;

	t->config.kyc_four_eyes = true;
	t->config.kyc_approval_ttl = DAY;
	reviewer_is(t, "rev@example.com", "KYC_REVIEWER");
	assert_int_equal(kyc_case_decide(t, d, &out), OK);
	assert_str(out.application.status, KYC_PENDING);
	assert_str(status_of(t, &u.id), KYC_PENDING);
	assert_int_equal(kyc_case_decide(t, d, &out), ERR_CONFLICT);
	reviewer_is(t, "admin@example.com", "ADMIN");
	assert_int_equal(kyc_case_decide(t, d, &out), OK);
	assert_str(out.application.status, KYC_APPROVED);
	assert_int_equal(out.application.expires_at, START + DAY);
	assert_int_equal(case_count(t, "select count(*) from kyc_history"), 2);
	assert_str(last_mail(t), S("kyc_approved"));
}

static enum err
forget(struct ctx *cx, void *arg)
{
	return kyc_forget(cx, arg, clock_now());
}

static enum err
sweep_trash(struct ctx *cx, void *arg)
{
	return kyc_trash_sweep(cx, 8, arg);
}

static void
forgotten(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	int64_t removed;

	(void)kyc_case_apply(t, &u);
	must(store_write(&t->cx, forget, &u.id));
	assert_int_equal(case_count(t, "select (select count(*) from kyc_applications) + "
				       "(select count(*) from kyc_documents)"),
			 0);
	assert_int_equal(case_count(t, "select count(*) from kyc_pieces"), 1);
	must(store_write(&t->cx, sweep_trash, &removed));
	assert_int_equal(removed, 1);
	assert_int_equal(case_count(t, "select (select count(*) from kyc_pieces) + "
				       "(select count(*) from kyc_trash)"),
			 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(people),      ROW(provider),  ROW(asked_again),
		ROW(who_may_not), ROW(four_eyes), ROW(forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
