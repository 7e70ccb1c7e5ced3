/*
 * The states of an application as a table. A provider's event that can't be applied is no error:
 * it was taken, and said so to who sends it, else it would be sent again for ever.
 */
#include "domain/kyc.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "store/kyc_paper.h"

#define DETAIL_MAX 512
/* A provider's clock may be behind ours by so much; a verdict from before that is not about what
 * was sent last. */
#define CLOCKS_APART MINUTE

const struct str kyc_kinds[KYC_KINDS] = {S("front"), S("back"), S("selfie")};

static const struct verdict {
	struct str from, to;
	const char *event, *action; /* of the history and of the audit */
	enum metric metric;
} verdicts[] = {
	[KYC_APPROVE] = {KYC_PENDING, KYC_APPROVED, "approved", "kyc_approved",
			 METRIC_KYC_APPROVED},
	[KYC_REJECT] = {KYC_PENDING, KYC_REJECTED, "rejected", "kyc_rejected", METRIC_KYC_REJECTED},
	[KYC_ASK_AGAIN] = {KYC_PENDING, KYC_RESUBMIT, "resubmit", "kyc_resubmit_asked",
			   METRIC_KYC_RESUBMIT},
	[KYC_WAIT] = {KYC_PENDING, KYC_PENDING, "pending", NULL, METRIC_COUNT},
	[KYC_REVOKE] = {KYC_APPROVED, KYC_REJECTED, "revoked", "kyc_revoked", METRIC_KYC_REVOKED},
};

static const char *const sources[] = {
	[KYC_BY_REVIEWER] = "reviewer",
	[KYC_BY_OPERATOR] = "operator",
	[KYC_BY_PROVIDER] = "provider",
};

enum err
kyc_reviewer_still(struct ctx *cx)
{
	struct user u;

	if (cx->caller->bearer != BEARER_GOOD)
		return ERR_NOT_SIGNED_IN;
	TRY(caller_still(cx, &u));
	return str_eq(u.role, S("ADMIN")) || str_eq(u.role, S("KYC_REVIEWER")) ? OK
									       : ERR_ROLE_REQUIRED;
}

struct str
kyc_detail(struct ctx *cx, const struct kyc_application *a, const struct uuid *document)
{
	struct buf text;
	struct json_out w;

	buf_init_arena(&text, cx->arena, DETAIL_MAX);
	w = json_to(&text);
	json_open(&w);
	json_pair_uuid(&w, "application_id", &a->id);
	if (document)
		json_pair_uuid(&w, "document_id", document);
	else
		json_pair_str(&w, "status", a->status);
	if (!document && !str_absent(a->decided_source))
		json_pair_str(&w, "source", a->decided_source);
	json_close(&w);
	return buf_view(&text);
}

enum err
kyc_note(struct ctx *cx, const struct kyc_application *a, const char *event, const char *source,
	 int64_t now)
{
	struct kyc_step s = {
		.application_id = a->id,
		.at = now,
		.event = str_of(event),
		.status = a->status,
		.source = str_of(source),
		.reason = a->reason,
		.asked = a->asked,
	};

	if (cx->caller->bearer == BEARER_GOOD)
		s.actor_id = cx->caller->user.id;
	return kyc_history_insert(cx, &s);
}

struct kinds {
	bool sent[KYC_KINDS];
};

static void
mark_kind(struct ctx *cx UNUSED, const struct kyc_document *d, void *arg)
{
	struct kinds *k = arg;

	for (size_t i = 0; i < KYC_KINDS; i++)
		k->sent[i] |= str_eq(d->kind, kyc_kinds[i]);
}

/* The kinds of papers that the application has. */
static enum err
all_that_were_sent(struct ctx *cx, const struct uuid *application, struct str *out)
{
	struct kinds k = {{false}};
	struct buf words;

	TRY(kyc_document_list(cx, application, mark_kind, &k));
	buf_init_arena(&words, cx->arena, 64);
	for (size_t i = 0; i < KYC_KINDS; i++) {
		if (!k.sent[i])
			continue;
		buf_z(&words, words.n ? " " : "");
		buf_str(&words, kyc_kinds[i]);
	}
	*out = buf_view(&words);
	return OK;
}

static struct str
approver_of(struct ctx *cx, const struct kyc_decision *d)
{
	if (d->source == KYC_BY_REVIEWER)
		return uuid_text(cx->arena, &cx->caller->user.id);
	return str_of(sources[d->source]);
}

/* Two different people must agree, and this one is the first. */
static bool
needs_another(struct ctx *cx, const struct kyc_decision *d, const struct kyc_application *a)
{
	return cx->config->kyc_four_eyes && d->verdict == KYC_APPROVE &&
	       d->source != KYC_BY_PROVIDER && str_absent(a->first_approver);
}

static enum err
first_of_two(struct ctx *cx, const struct kyc_decision *d, struct kyc_application *a, int64_t now)
{
	a->first_approver = approver_of(cx, d);
	TRY(kyc_update(cx, a));
	a->version++;
	TRY(kyc_note(cx, a, "first_approval", sources[d->source], now));
	return audit_note_detail(cx, "kyc_first_approval", &a->user_id, kyc_detail(cx, a, NULL),
				 now);
}

static enum err
tell(struct ctx *cx, const struct kyc_decision *d, const struct kyc_application *a, int64_t now)
{
	struct user u;

	TRY(user_by_id(cx, &a->user_id, &u));
	switch (d->verdict) {
	case KYC_APPROVE:
		return mail_kyc_approved(cx, &u, a->expires_at, now);
	case KYC_REJECT:
		return mail_kyc_rejected(cx, &u, a->reason, now);
	case KYC_REVOKE:
		return mail_kyc_revoked(cx, &u, a->reason, now);
	case KYC_ASK_AGAIN:
		return mail_kyc_resubmit(cx, &u, a->reason, a->asked, now);
	case KYC_WAIT:
		break;
	}
	return OK;
}

static enum err
set_decided(struct ctx *cx, const struct kyc_decision *d, struct kyc_application *a, int64_t now)
{
	int64_t ttl = cx->config->kyc_approval_ttl;

	a->status = verdicts[d->verdict].to;
	a->reason = d->reason;
	a->decided_by = (struct uuid){{0}};
	if (d->source == KYC_BY_REVIEWER)
		a->decided_by = cx->caller->user.id;
	a->decided_source = str_of(sources[d->source]);
	a->decided_at = now;
	a->expires_at = d->verdict == KYC_APPROVE && ttl ? now + ttl : 0;
	a->asked = STR_NONE;
	if (d->verdict != KYC_ASK_AGAIN)
		return OK;
	a->asked = d->asked;
	return str_absent(d->asked) ? all_that_were_sent(cx, &a->id, &a->asked) : OK;
}

static enum err
apply(struct ctx *cx, const struct kyc_decision *d, struct kyc_application *a, int64_t now)
{
	const struct verdict *v = &verdicts[d->verdict];

	if (d->verdict == KYC_WAIT)
		return kyc_update(cx, a);
	TRY(set_decided(cx, d, a, now));
	TRY(kyc_update(cx, a));
	a->version++;
	TRY(kyc_note(cx, a, v->event, sources[d->source], now));
	TRY(user_set_kyc(cx, &a->user_id, a->status, now));
	metric_count(v->metric);
	TRY(audit_note_detail(cx, v->action, &a->user_id, kyc_detail(cx, a, NULL), now));
	return tell(cx, d, a, now);
}

static enum err
decide_by_people(struct ctx *cx, const struct kyc_decision *d, struct kyc_application *a,
		 int64_t now)
{
	if (d->source == KYC_BY_REVIEWER) {
		TRY(kyc_reviewer_still(cx));
		if (uuid_eq(&a->user_id, &cx->caller->user.id))
			return ERR_OWN_APPLICATION;
	}
	if (!str_eq(a->status, verdicts[d->verdict].from))
		return ERR_CONFLICT;
	if (needs_another(cx, d, a))
		return first_of_two(cx, d, a, now);
	if (d->verdict == KYC_APPROVE && cx->config->kyc_four_eyes &&
	    str_eq(a->first_approver, approver_of(cx, d)))
		return ERR_CONFLICT;
	return apply(cx, d, a, now);
}

/* Takes back what the same provider approved. */
static bool
takes_own_back(const struct kyc_decision *d, const struct kyc_application *a)
{
	return d->verdict == KYC_REJECT && str_eq(a->status, KYC_APPROVED);
}

static enum err
decide_by_provider(struct ctx *cx, const struct kyc_decision *d, struct kyc_application *a,
		   int64_t now, struct str *outcome)
{
	struct kyc_decision own = *d;
	bool closed = !str_eq(a->status, KYC_PENDING) && !str_eq(a->status, KYC_RESUBMIT);

	*outcome = S("stale");
	if (d->occurred_at < a->last_event_at || d->occurred_at < a->submitted_at - CLOCKS_APART)
		return OK;
	a->last_event_at = d->occurred_at;
	*outcome = S("settled");
	if (closed && !str_eq(a->decided_source, S("provider")))
		return kyc_update(cx, a);
	*outcome = S("not_possible");
	if (takes_own_back(d, a))
		own.verdict = KYC_REVOKE;
	if (!str_eq(a->status, verdicts[own.verdict].from))
		return kyc_update(cx, a);
	*outcome = S("applied");
	return apply(cx, &own, a, now);
}

/* The account first: its deletion takes the two in that order. */
enum err
kyc_hold(struct ctx *cx, const struct uuid *application, struct kyc_application *out)
{
	struct user owner;

	TRY(kyc_by_id(cx, application, out));
	TRY(user_hold(cx, &out->user_id, &owner));
	return kyc_by_id(cx, application, out);
}

enum err
kyc_decide(struct ctx *cx, const struct kyc_decision *d, int64_t now, struct kyc_decided *out)
{
	struct kyc_application *a = &out->application;

	out->outcome = S("applied");
	TRY(kyc_hold(cx, &d->application, a));
	if (d->source == KYC_BY_PROVIDER)
		return decide_by_provider(cx, d, a, now, &out->outcome);
	return decide_by_people(cx, d, a, now);
}
