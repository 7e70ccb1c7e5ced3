/* Small batches, each a transaction of its own, so that no round holds up a request. */
#include "domain/kyc_sweep.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "domain/audit.h"
#include "domain/kyc.h"
#include "domain/kyc_papers.h"
#include "domain/mails.h"
#include "store/store.h"

#define BATCH 20
#define BATCHES_MOST 20

struct batch {
	struct kyc_application v[BATCH];
	size_t n;
};

static void
collect(struct ctx *cx UNUSED, const struct kyc_application *a, void *arg)
{
	struct batch *b = arg;

	if (b->n < BATCH)
		b->v[b->n++] = *a;
}

static enum err
expire(struct ctx *cx, struct kyc_application *a, int64_t now)
{
	struct user owner;

	TRY(user_hold(cx, &a->user_id, &owner));
	a->status = KYC_EXPIRED;
	a->reason = STR_NONE;
	TRY(kyc_update(cx, a));
	TRY(kyc_note(cx, a, "expired", "system", now));
	TRY(user_set_kyc(cx, &a->user_id, a->status, now));
	metric_count(METRIC_KYC_EXPIRED);
	return OK;
}

static enum err
tell_expired(struct ctx *cx, const struct kyc_application *a, int64_t now)
{
	struct user u;

	TRY(audit_note_detail(cx, "kyc_expired", &a->user_id, kyc_detail(cx, a, NULL), now));
	TRY(user_by_id(cx, &a->user_id, &u));
	return mail_kyc_expired(cx, &u, now);
}

static int
by_account(const void *a, const void *b)
{
	const struct kyc_application *x = a, *y = b;

	return memcmp(x->user_id.b, y->user_id.b, sizeof(x->user_id.b));
}

/* Two servers that sweep at once hold the accounts in one order. */
static enum err
expire_batch(struct ctx *cx, void *arg)
{
	struct batch *b = arg;
	int64_t now = clock_now();

	b->n = 0;
	TRY(kyc_expired(cx, now, now - cx->config->kyc_erase_after, BATCH, collect, b));
	qsort(b->v, b->n, sizeof(b->v[0]), by_account);
	for (size_t i = 0; i < b->n; i++)
		TRY(expire(cx, &b->v[i], now));
	for (size_t i = 0; i < b->n; i++)
		TRY(tell_expired(cx, &b->v[i], now));
	return OK;
}

static enum err
erase(struct ctx *cx, struct kyc_application *a, int64_t now)
{
	a->erased_at = now;
	a->document_number = STR_NONE;
	TRY(kyc_documents_erase(cx, &a->id, now));
	TRY(kyc_update(cx, a));
	return kyc_note(cx, a, "papers_erased", "system", now);
}

static enum err
erase_batch(struct ctx *cx, void *arg)
{
	struct batch *b = arg;
	int64_t now = clock_now();

	b->n = 0;
	TRY(kyc_due_for_erasure(cx, now - cx->config->kyc_erase_after, BATCH, collect, b));
	for (size_t i = 0; i < b->n; i++)
		TRY(erase(cx, &b->v[i], now));
	for (size_t i = 0; i < b->n; i++)
		TRY(audit_note_detail(cx, "kyc_papers_erased", &b->v[i].user_id,
				      kyc_detail(cx, &b->v[i], NULL), now));
	return OK;
}

static enum err
rounds(struct ctx *cx, store_fn fn)
{
	struct batch b = {.n = BATCH};

	for (int i = 0; i < BATCHES_MOST && b.n == BATCH; i++)
		TRY(store_write_apart(cx, fn, &b));
	return OK;
}

enum err
kyc_sweep(struct ctx *cx)
{
	TRY(rounds(cx, expire_batch));
	TRY(rounds(cx, erase_batch));
	return kyc_papers_sweep(cx);
}
