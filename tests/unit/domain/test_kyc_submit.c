/* A submission against what the account has become while its papers came in. */
#include "kyc_case.h"

#include "domain/kyc_submit.h"

/* A PNG's first chunk is enough for its type. */
static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
			      13,   'I', 'H', 'D', 'R',  0,    0,    0,    1,    0,    0,
			      0,    1,   8,   6,   0,    0,    0,    0x1f, 0x15, 0xc4, 0x89};

static enum err
submit_born(struct domain_case *t, const char *name, const char *born)
{
	struct kyc_paper paper = {.kind = S("front")};
	struct kyc_submit_in in = {
		.full_name = str_of(name),
		.date_of_birth = str_of(born),
		.country = S("ES"),
		.document_type = S("passport"),
		.papers = {&paper, 1},
	};
	struct kyc_submitted out;
	enum err e;

	fault_clear(&t->cx);
	must(spool_open(t->config.server_data_dir, &paper.bytes));
	must(spool_add(paper.bytes, png, sizeof(png)));
	e = kyc_submit(&t->cx, &in, &out);
	spool_free(paper.bytes);
	return e;
}

static enum err
submit(struct domain_case *t, const char *name)
{
	return submit_born(t, name, "1990-02-28");
}

static void
account_as_it_is_now(void **state)
{
	static const struct {
		const char *name, *sql;
		enum err want;
	} rows[] = {
		{"closed", "update users set deleted_at = 5", ERR_TOKEN},
		{"locked", "update users set deleted_at = null, locked_at = 5", ERR_TOKEN},
		{"unproven", "update users set locked_at = null, is_email_verified = 0",
		 ERR_EMAIL_NOT_VERIFIED},
		{"signed out", "update sessions set revoked_at = 5", ERR_TOKEN},
		{"as it was", "update sessions set revoked_at = null", OK},
	};
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);

	as(t, in.tokens.access);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		if (i == 3)
			case_count(t, "update users set is_email_verified = 1");
		case_count(t, rows[i].sql);
		assert_int_equal(submit(t, "Ada"), rows[i].want);
		assert_int_equal(case_count(t, "select count(*) from kyc_applications"),
				 rows[i].want == OK);
	}
	assert_int_equal(submit(t, "Ada"), ERR_KYC_OPEN);
}

static void
the_same_person(void **state)
{
	struct domain_case *t = *state;
	struct sign_in in = member(t, "ada@example.com", NULL);
	struct kyc_decision d = {.verdict = KYC_ASK_AGAIN, .source = KYC_BY_OPERATOR};
	struct kyc_application a;
	struct kyc_decided out;

	as(t, in.tokens.access);
	must(submit(t, "Ada"));
	must(kyc_latest(&t->cx, &in.user.id, &a));
	d.application = a.id;
	must(kyc_case_decide(t, d, &out));
	assert_int_equal(submit(t, "Bob"), ERR_INVALID);
	must(submit(t, "Ada"));
}

/* Of age from the birthday on; who was born on the 29th of February, from the 1st of March on in
 * the years without one. */
static void
of_age(void **state)
{
	static const struct {
		const char *today, *born;
		enum err want;
	} rows[] = {
		{"2023-11-14T00:00:00Z", "2005-11-14", OK},
		{"2023-11-14T23:59:59Z", "2005-11-15", ERR_INVALID},
		{"2026-02-28T23:59:59Z", "2008-02-29", ERR_INVALID},
		{"2026-03-01T00:00:00Z", "2008-02-29", OK},
		{"2028-02-29T12:00:00Z", "2010-03-01", ERR_INVALID},
		{"2028-02-29T12:00:00Z", "2010-02-28", OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case *t = *state;
		struct str email = str_print(&t->arena, "a%zu@example.com", i);
		int64_t today;

		assert_true(time_parse(str_of(rows[i].today), &today));
		atomic_store(&case_now, today);
		as(t, member(t, str_z(&t->arena, email), NULL).tokens.access);
		print_message("%s on %s\n", rows[i].born, rows[i].today);
		assert_int_equal(submit_born(t, "Ada", rows[i].born), rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(account_as_it_is_now),
		ROW(the_same_person),
		ROW(of_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
