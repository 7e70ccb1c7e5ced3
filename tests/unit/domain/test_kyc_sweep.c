/* What time does: approvals end, papers go, what broke off goes, and the rest stays. */
#include "kyc_case.h"

#include "domain/kyc_form.h"
#include "domain/kyc_papers.h"
#include "domain/kyc_sweep.h"
#include "domain/paper_type.h"
#include "domain/sweep.h"

static struct user
approved(struct domain_case *t, struct kyc_application *a)
{
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_decision d = {.verdict = KYC_APPROVE, .source = KYC_BY_OPERATOR};
	struct kyc_decided out;

	*a = kyc_case_apply(t, &u);
	d.application = a->id;
	must(kyc_case_decide(t, d, &out));
	return u;
}

static int64_t
count(struct domain_case *t, const char *table)
{
	return case_count(t, str_z(t->cx.arena,
				   str_print(t->cx.arena, "select count(*) from %s", table)));
}

/* Papers that were asked for and never came: nobody waits for ever with the first ones. */
static void
an_unanswered_question_ends(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);
	struct kyc_decision d = {
		.application = a.id, .verdict = KYC_ASK_AGAIN, .source = KYC_BY_OPERATOR};
	struct kyc_decided out;

	must(kyc_case_decide(t, d, &out));
	pass(t->config.kyc_erase_after - 1);
	must(kyc_sweep(&t->cx));
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_str(a.status, KYC_RESUBMIT);
	pass(1);
	must(kyc_sweep(&t->cx));
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_str(a.status, KYC_EXPIRED);
	must(kyc_sweep(&t->cx));
	assert_int_equal(count(t, "kyc_pieces"), 0);
	must(user_by_id(&t->cx, &u.id, &u));
	assert_str(u.kyc_status, KYC_EXPIRED);
}

static void
approvals_end(void **state)
{
	struct domain_case *t = *state;
	struct kyc_application a;
	struct user u;
	struct mail mail;

	t->config.kyc_approval_ttl = 10 * DAY;
	u = approved(t, &a);
	pass(10 * DAY - 1);
	must(kyc_sweep(&t->cx));
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_str(a.status, KYC_APPROVED);
	pass(1);
	must(kyc_sweep(&t->cx));
	must(kyc_sweep(&t->cx));
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_str(a.status, KYC_EXPIRED);
	must(user_by_id(&t->cx, &u.id, &u));
	assert_str(u.kyc_status, KYC_EXPIRED);
	assert_int_equal(case_count(t, "select count(*) from audit_events where action = "
				       "'kyc_expired'"),
			 1);
	assert_true(next_mail(t, &mail));
	assert_str(mail.template, S("kyc_approved"));
	assert_true(next_mail(t, &mail));
	assert_str(mail.template, S("kyc_expired"));
	assert_false(next_mail(t, &mail));
}

static void
keep_document(struct ctx *cx UNUSED, const struct kyc_document *d, void *arg)
{
	*(struct kyc_document *)arg = *d;
}

static void
papers_go(void **state)
{
	struct domain_case *t = *state;
	struct kyc_application a;
	struct kyc_document d;
	struct spool *bytes;

	(void)approved(t, &a);
	pass(t->config.kyc_erase_after - 1);
	must(kyc_sweep(&t->cx));
	assert_int_equal(count(t, "kyc_pieces"), 1);
	pass(1);
	must(kyc_sweep(&t->cx));
	must(kyc_sweep(&t->cx));
	assert_int_equal(count(t, "kyc_pieces"), 0);
	assert_int_equal(count(t, "kyc_trash"), 0);
	assert_int_equal(count(t, "kyc_documents where key is null and erased_at is not null"), 1);
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_int_equal(a.erased_at, case_now);
	assert_str(a.status, KYC_APPROVED);
	assert_int_equal(count(t, "kyc_history where event = 'papers_erased'"), 1);
	must(kyc_document_list(&t->cx, &a.id, keep_document, &d));
	assert_int_equal(kyc_paper_load(&t->cx, &d, &bytes), ERR_NOT_FOUND);
}

static void
what_waits_stays(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_application a = kyc_case_apply(t, &u);

	pass(400 * DAY);
	must(kyc_sweep(&t->cx));
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_str(a.status, KYC_PENDING);
	assert_int_equal(count(t, "kyc_pieces"), 1);
}

static enum err
break_off(struct ctx *cx, void *arg)
{
	struct kyc_document d = {
		.user_id = *(struct uuid *)arg,
		.kind = S("front"),
		.content_type = S("image/png"),
		.size = 9,
		.sha256 = S("12345678901234567890123456789012"),
		.key = S("key"),
		.pieces = 2,
	};

	TRY(uuid_new(&d.id));
	TRY(uuid_new(&d.upload_id));
	TRY(kyc_upload_insert(cx, &d.upload_id, &d.user_id, case_clock()));
	TRY(kyc_document_insert(cx, &d));
	return kyc_piece_insert(cx, &d.id, 0, S("sealed"));
}

static void
broken_uploads_go(void **state)
{
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);

	must(store_write(&t->cx, break_off, &u.id));
	pass(15 * MINUTE);
	must(kyc_sweep(&t->cx));
	assert_int_equal(count(t, "kyc_pieces"), 1);
	pass(1);
	must(kyc_sweep(&t->cx));
	assert_int_equal(count(t, "kyc_uploads") + count(t, "kyc_documents") +
				 count(t, "kyc_pieces") + count(t, "kyc_trash"),
			 0);
}

/* However much a round has to do, what it took is given back batch by batch. */
static void
memory_stays(void **state)
{
	struct domain_case *t = *state;
	struct kyc_application a;
	struct user gone = case_user(t, S("eve@example.com"), STR_NONE, true);
	size_t used;
	bool more;

	t->config.kyc_approval_ttl = 10 * DAY;
	(void)approved(t, &a);
	must(store_write(&t->cx, break_off, &gone.id));
	case_count(t, "update users set deleted_at = 1 where email_key = 'eve@example.com'");
	pass(400 * DAY);
	used = t->cx.arena->used;
	must(sweep(&t->cx, &more));
	assert_int_equal(t->cx.arena->used, used);
	must(kyc_by_id(&t->cx, &a.id, &a));
	assert_true(a.erased_at > 0);
	assert_int_equal(count(t, "users") + count(t, "kyc_uploads") + count(t, "kyc_trash"), 1);
}

/* A paper costs its caller little, so that very many can be read one after the other. */
static void
papers_are_many(void **state)
{
	static char bytes[300 * 1024] = "%PDF-1.7\n";
	struct domain_case *t = *state;
	struct user u = case_user(t, S("ada@example.com"), STR_NONE, true);
	struct kyc_paper paper = {.kind = S("front")};
	struct list papers = {&paper, 1}, documents;
	struct uuid upload;
	size_t used;

	must(spool_open(t->config.server_data_dir, &paper.bytes));
	must(spool_add(paper.bytes, bytes, sizeof(bytes)));
	must(kyc_papers_look(&t->cx, &papers, &documents));
	must(kyc_papers_store(&t->cx, &u.id, &papers, &documents, &upload));
	spool_free(paper.bytes);
	used = t->cx.arena->used;
	for (int i = 0; i < 100; i++) {
		struct spool *s;

		must(kyc_paper_load(&t->cx, documents.v, &s));
		assert_int_equal(spool_size(s), sizeof(bytes));
		spool_free(s);
	}
	assert_true(t->cx.arena->used - used < (size_t)1024 * 1024);
}

static void
ages(void **state UNUSED)
{
	static const struct {
		const char *born;
		int64_t age; /* on 2023-11-14 */
	} rows[] = {
		{"2005-11-14", 18}, {"2005-11-15", 17}, {"2004-02-29", 19},  {"2023-11-14", 0},
		{"2023-11-15", -1}, {"1990-02-30", -1}, {"1900-02-29", -1},  {"1990-00-10", -1},
		{"1990-1-01", -1},  {"", -1},           {"1990-01-01Z", -1}, {"1990/01/01", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(age_of(str_of(rows[i].born), START), rows[i].age);
}

static void
countries(void **state UNUSED)
{
	int known = 0;
	char code[3] = "AA";

	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
			known += country_known(str_of(code));
	assert_int_equal(known, 249);
	assert_false(country_known(S("D ")) || country_known(S(" A")) || country_known(S("")) ||
		     country_known(S("DEU")) || country_known(S("de")));
}

static void
types(void **state)
{
	static const struct {
		struct str bytes;
		const char *type;
	} rows[] = {
		{S("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"), "image/jpeg"},
		{S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\6\0\0\0"), "image/png"},
		{S("RIFF\x22\0\0\0WEBPVP8 \x16\0\0\0"), "image/webp"},
		{S("\0\0\0\x18"
		   "ftypheic\0\0\0\0mif1heic"),
		 "image/heic"},
		{S("%PDF-1.7\n"), "application/pdf"},
		{S("GIF89a\1\0\1\0"), NULL},
		{S("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), NULL},
		{S(" %PDF-1.7\n"), NULL},
		{S("\xff\xd8"), NULL},
		{S("\0\0\0\x18"
		   "ftypisom\0\0\0\0isomiso2"),
		 NULL},
		{S(""), NULL},
	};
	struct domain_case *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str type;

		must(paper_type(&t->cx, rows[i].bytes, &type));
		assert_str(type, str_of(rows[i].type));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(an_unanswered_question_ends),
		ROW(approvals_end),
		ROW(papers_go),
		ROW(what_waits_stays),
		ROW(broken_uploads_go),
		ROW(memory_stays),
		ROW(papers_are_many),
		ROW(ages),
		ROW(countries),
		ROW(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
