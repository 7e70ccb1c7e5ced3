/* An application as a submission leaves it, with one paper, and somebody who decides on it. */
#ifndef TESTS_KYC_CASE_H
#define TESTS_KYC_CASE_H

#include "domain_case.h"

#include "domain/kyc.h"
#include "store/kyc_paper.h"

struct kyc_made {
	struct kyc_application a;
	struct kyc_document d;
};

static inline enum err
kyc_case_put(struct ctx *cx, void *arg)
{
	struct kyc_made *m = arg;

	TRY(kyc_insert(cx, &m->a));
	TRY(kyc_upload_insert(cx, &m->d.upload_id, &m->a.user_id, case_clock()));
	TRY(kyc_document_insert(cx, &m->d));
	TRY(kyc_piece_insert(cx, &m->d.id, 0, S("sealed")));
	TRY(kyc_upload_attach(cx, &m->d.upload_id, &m->a.id));
	return user_set_kyc(cx, &m->a.user_id, KYC_PENDING, case_clock());
}

static inline struct kyc_application
kyc_case_apply(struct domain_case *t, const struct user *u)
{
	struct kyc_made m = {
		.a = {.user_id = u->id,
		      .status = KYC_PENDING,
		      .full_name = S("Ada"),
		      .date_of_birth = S("1990-01-01"),
		      .country = S("ES"),
		      .document_type = S("passport"),
		      .submitted_at = case_clock(),
		      .created_at = case_clock()},
		.d = {.user_id = u->id,
		      .kind = S("front"),
		      .content_type = S("image/png"),
		      .size = 6,
		      .sha256 = S("12345678901234567890123456789012"),
		      .key = S("key"),
		      .pieces = 1,
		      .created_at = case_clock()},
	};

	must(uuid_new(&m.a.id));
	must(uuid_new(&m.d.id));
	must(uuid_new(&m.d.upload_id));
	must(store_write(&t->cx, kyc_case_put, &m));
	return m.a;
}

struct kyc_deciding {
	struct kyc_decision d;
	struct kyc_decided out;
};

static inline enum err
kyc_case_run(struct ctx *cx, void *arg)
{
	struct kyc_deciding *k = arg;

	return kyc_decide(cx, &k->d, clock_now(), &k->out);
}

static inline enum err
kyc_case_decide(struct domain_case *t, struct kyc_decision d, struct kyc_decided *out)
{
	struct kyc_deciding k = {.d = d};
	enum err e = store_write(&t->cx, kyc_case_run, &k);

	*out = k.out;
	return e;
}

#endif
