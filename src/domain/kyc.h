/*
 * An identity check's decisions, whoever makes them: a reviewer over HTTP, the operator at the
 * terminal, a provider by its webhook. One function knows which state may follow which, writes the
 * history, sets the account's kyc_status, audits, and queues the mail.
 *
 *   pending  → approved | rejected | resubmit
 *   resubmit → pending                (by the applicant only: kyc_submit.h)
 *   approved → rejected (revoked) | expired
 *
 * A reviewer's or the operator's approval and rejection stand: a provider's later events change
 * nothing. Of a provider's events an older one never undoes a newer one, and none is about papers
 * that were sent after it.
 */
#ifndef DOMAIN_KYC_H
#define DOMAIN_KYC_H

#include "store/kyc_application.h"

#define KYC_PENDING S("pending")
#define KYC_RESUBMIT S("resubmit")
#define KYC_APPROVED S("approved")
#define KYC_REJECTED S("rejected")
#define KYC_EXPIRED S("expired")

/* What a paper can be. */
#define KYC_KINDS 3
extern const struct str kyc_kinds[KYC_KINDS];

enum kyc_verdict {
	KYC_APPROVE,
	KYC_REJECT,    /* of a provider also: takes back an approval of its own */
	KYC_ASK_AGAIN, /* for papers: "resubmit" */
	KYC_WAIT,      /* a provider's "pending": changes nothing but the time of its last event */
	KYC_REVOKE,    /* takes an approval back */
};

enum kyc_source { KYC_BY_REVIEWER, KYC_BY_OPERATOR, KYC_BY_PROVIDER };

struct kyc_decision {
	struct uuid application;
	enum kyc_verdict verdict;
	enum kyc_source source;
	struct str reason;   /* checked by admin_check_reason; absent: none */
	struct str asked;    /* ASK_AGAIN: kinds apart by spaces; absent: all that were sent */
	int64_t occurred_at; /* a provider's: when the event was, microseconds */
};

struct kyc_decided {
	struct kyc_application application; /* as it is now */
	/* "applied"; or, of a provider's event only, why nothing was done: "stale", "settled" (a
	 * reviewer decided), "not_possible" (from the state it is in) */
	struct str outcome;
};

/*
 * Inside a store_write. A reviewer is cx's caller, whose role is looked at once more
 * (ERR_ROLE_REQUIRED, ERR_TOKEN); ERR_OWN_APPLICATION for the reviewer's own. ERR_NOT_FOUND;
 * ERR_CONFLICT when the state does not allow it (never for a provider, see outcome). With
 * kyc.four_eyes the first approval leaves it pending, and the same approver's second is
 * ERR_CONFLICT.
 */
MUST_CHECK enum err
kyc_decide(struct ctx *cx, const struct kyc_decision *d, int64_t now, struct kyc_decided *out);

/* Inside a store_write: the application, with its account held (user_hold). ERR_NOT_FOUND. */
MUST_CHECK enum err
kyc_hold(struct ctx *cx, const struct uuid *application, struct kyc_application *out);

/* Inside a store_write: whether cx's caller is a reviewer at this moment (role ADMIN or
 * KYC_REVIEWER). ERR_ROLE_REQUIRED, ERR_TOKEN. */
MUST_CHECK enum err kyc_reviewer_still(struct ctx *cx);

/* Inside a store_write: a line of the history, from what the application is now; source is a word
 * of kyc_step.source. */
MUST_CHECK enum err kyc_note(struct ctx *cx, const struct kyc_application *a, const char *event,
			     const char *source, int64_t now);
/* What an audit event of it says: a JSON object; document NULL: none. Not the reason, which may
 * tell of the person: events outlive accounts. */
struct str kyc_detail(struct ctx *cx, const struct kyc_application *a, const struct uuid *document);

#endif
