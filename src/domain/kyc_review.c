/*
 * Two reviewers who decide at one moment meet in kyc_decide, where the second finds another state.
 * A paper is shown only when the event that tells of it is written.
 */
#include "domain/kyc_review.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/config.h"
#include "domain/admin.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/kyc_number.h"
#include "domain/kyc_submit.h"
#include "store/store.h"

#define STEPS_MOST 200
#define DOCUMENTS_MOST 100

static const struct str statuses[] = {KYC_PENDING, KYC_RESUBMIT, KYC_APPROVED, KYC_REJECTED,
				      KYC_EXPIRED};

struct gathering {
	struct kyc_application *v;
	size_t n;
};

static void
gather(struct ctx *cx UNUSED, const struct kyc_application *a, void *arg)
{
	struct gathering *g = arg;

	g->v[g->n++] = *a;
}

bool
kyc_is_status(struct str status)
{
	return list_has((struct str_list){statuses, ARRAY_LEN(statuses)}, status);
}

enum err
kyc_queue(struct ctx *cx, const struct kyc_search *in, struct kyc_page *out)
{
	struct str status = str_absent(in->status) ? STR_NONE : str_lower(cx->arena, in->status);
	struct gathering g = {0};
	struct page page;
	struct uuid after;
	bool later;

	if (!str_absent(status) && !kyc_is_status(status))
		return fail_field(cx, "status",
				  "Use pending, resubmit, approved, rejected or expired.");
	TRY(paging_begin(cx, &in->page, str_print(cx->arena, "kyc/%.*s", STR_ARG(status)), &page));
	g.v = arena_array(cx->arena, struct kyc_application, (size_t)page.limit + 1);
	later = paging_id(&page, &after);
	TRY(kyc_list(cx, status, later ? &after : NULL, page.limit + 1, gather, &g));
	*out = (struct kyc_page){.items = {g.v, g.n}};
	out->next_cursor = PAGING_END_ID(cx, &page, &out->items, struct kyc_application);
	return OK;
}

struct documents {
	struct kyc_document *v;
	size_t n;
};

static void
add_document(struct ctx *cx UNUSED, const struct kyc_document *d, void *arg)
{
	struct documents *l = arg;

	if (l->n < DOCUMENTS_MOST)
		l->v[l->n++] = *d;
}

struct steps {
	struct kyc_step *v;
	size_t n;
};

static void
add_step(struct ctx *cx UNUSED, const struct kyc_step *s, void *arg)
{
	struct steps *l = arg;

	l->v[l->n++] = *s;
}

enum err
kyc_show(struct ctx *cx, const struct id_in *in, struct kyc_case *out)
{
	struct documents d = {arena_array(cx->arena, struct kyc_document, DOCUMENTS_MOST), 0};
	struct steps h = {arena_array(cx->arena, struct kyc_step, STEPS_MOST), 0};
	struct kyc_case c;
	struct user u;

	TRY(kyc_by_id(cx, &in->id, &c.application));
	TRY(kyc_number_open(cx, &c.application));
	TRY(user_by_id(cx, &c.application.user_id, &u));
	TRY(kyc_document_list(cx, &in->id, add_document, &d));
	TRY(kyc_history_list(cx, &in->id, STEPS_MOST, add_step, &h));
	c.email = u.email;
	c.asked = kyc_words(cx, c.application.asked);
	c.documents = (struct list){d.v, d.n};
	c.history = (struct list){h.v, h.n};
	*out = c;
	return OK;
}

struct viewing {
	const struct kyc_view_in *in;
	struct kyc_document d;
};

static enum err
note_view(struct ctx *cx, void *arg)
{
	struct viewing *v = arg;
	struct kyc_application a;

	TRY(kyc_reviewer_still(cx));
	TRY(kyc_by_id(cx, &v->in->application, &a));
	TRY(kyc_document_by_id(cx, &a.id, &v->in->document, &v->d));
	if (v->d.erased_at)
		return ERR_NOT_FOUND;
	return audit_note_detail(cx, "kyc_document_viewed", &a.user_id,
				 kyc_detail(cx, &a, &v->d.id), clock_now());
}

enum err
kyc_view(struct ctx *cx, const struct kyc_view_in *in, struct kyc_view_out *out)
{
	struct viewing v = {.in = in};
	struct spool *bytes;

	TRY(store_write(cx, note_view, &v));
	TRY(kyc_paper_load(cx, &v.d, &bytes));
	*out = (struct kyc_view_out){v.d, bytes};
	return OK;
}

struct acting {
	struct kyc_decision d;
	struct kyc_decided decided;
};

static enum err
decide(struct ctx *cx, void *arg)
{
	struct acting *a = arg;

	return kyc_decide(cx, &a->d, clock_now(), &a->decided);
}

static enum err
act(struct ctx *cx, const struct kyc_act_in *in, enum kyc_verdict verdict, struct str asked,
    struct kyc_application *out)
{
	struct acting a = {
		.d =
			{
				.application = in->application,
				.verdict = verdict,
				.source = cx->caller->bearer == BEARER_GOOD ? KYC_BY_REVIEWER
									    : KYC_BY_OPERATOR,
				.reason = in->reason,
				.asked = asked,
			},
	};

	if (verdict != KYC_APPROVE && str_absent(in->reason))
		(void)fail_field(cx, "reason", "This needs a reason.");
	else
		TRY(admin_check_reason(cx, in->reason));
	if (cx->fault.fields)
		return ERR_INVALID;
	TRY(store_write(cx, decide, &a));
	*out = a.decided.application;
	return OK;
}

enum err
kyc_approve(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out)
{
	return act(cx, in, KYC_APPROVE, STR_NONE, out);
}

enum err
kyc_reject(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out)
{
	return act(cx, in, KYC_REJECT, STR_NONE, out);
}

enum err
kyc_revoke(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out)
{
	return act(cx, in, KYC_REVOKE, STR_NONE, out);
}

/* In the order of kyc_kinds, each once. */
static enum err
asked_words(struct ctx *cx, struct str_list kinds, struct str *out)
{
	const struct str_list known = {kyc_kinds, KYC_KINDS};
	struct buf words;

	for (size_t i = 0; i < kinds.n; i++)
		if (!list_has(known, kinds.v[i]))
			return fail_field(cx, "documents", "Use the kinds front, back and selfie.");
	if (kinds.n == 0)
		return fail_field(cx, "documents", "Say which papers are needed again.");
	buf_init_arena(&words, cx->arena, 64);
	for (size_t i = 0; i < KYC_KINDS; i++) {
		if (!list_has(kinds, kyc_kinds[i]))
			continue;
		buf_z(&words, words.n ? " " : "");
		buf_str(&words, kyc_kinds[i]);
	}
	*out = buf_view(&words);
	return OK;
}

enum err
kyc_ask_again(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out)
{
	struct str asked = STR_NONE;
	enum err e = asked_words(cx, in->documents, &asked);

	if (e != OK && e != ERR_INVALID)
		return e;
	return act(cx, in, KYC_ASK_AGAIN, asked, out);
}
