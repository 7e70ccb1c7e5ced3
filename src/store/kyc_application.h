/* Applications for an identity check, and what happened to them. Inside a store_write where it is
 * said. ERR_NOT_FOUND for no such row. */
#ifndef STORE_KYC_APPLICATION_H
#define STORE_KYC_APPLICATION_H

#include "base/ctx.h"
#include "base/uuid.h"

struct kyc_application {
	struct uuid id;
	struct uuid user_id;
	struct str status; /* "pending", "resubmit", "approved", "rejected", "expired" */
	struct str full_name, date_of_birth, country, document_type;
	struct str document_number; /* sealed under "kyc-number:<id>"; absent: none */
	struct str reason;          /* of the last decision; absent: none */
	struct str asked;           /* kinds of papers to send again, apart by spaces */
	struct uuid decided_by;     /* all zero: nobody with an account */
	struct str decided_source;  /* "reviewer", "operator", "provider", "system"; absent: open */
	struct str first_approver;  /* of two: an account's id or "operator" */
	int64_t last_event_at;      /* when the newest event of a provider occurred; 0: none */
	int64_t submitted_at;       /* the last time */
	int64_t decided_at, expires_at, erased_at; /* 0: not */
	int64_t version; /* counts changes; kyc_update takes a row of this version only */
	int64_t created_at;
};

/* Inside a store_write. ERR_TAKEN: the user has one that lives (pending, resubmit, approved). */
MUST_CHECK enum err kyc_insert(struct ctx *cx, const struct kyc_application *a);
/* Inside a store_write: all but id, user and created_at, and version counts on. ERR_CONFLICT when
 * somebody changed it since. */
MUST_CHECK enum err kyc_update(struct ctx *cx, const struct kyc_application *a);
MUST_CHECK enum err kyc_by_id(struct ctx *cx, const struct uuid *id, struct kyc_application *out);
/* The user's newest. */
MUST_CHECK enum err
kyc_latest(struct ctx *cx, const struct uuid *user, struct kyc_application *out);

typedef void (*kyc_fn)(struct ctx *cx, const struct kyc_application *a, void *arg);
/* Oldest first, those behind `after` (NULL: from the oldest); status absent: any. */
MUST_CHECK enum err kyc_list(struct ctx *cx, struct str status, const struct uuid *after,
			     int64_t limit, kyc_fn each, void *arg);
/* Newest first. */
MUST_CHECK enum err
kyc_of_user(struct ctx *cx, const struct uuid *user, int64_t limit, kyc_fn each, void *arg);
/* Approvals that ended at `now` or earlier, and those whose papers were asked for again at
 * `asked_before` or earlier and never came. */
MUST_CHECK enum err kyc_expired(struct ctx *cx, int64_t now, int64_t asked_before, int64_t limit,
				kyc_fn each, void *arg);
/* Closed ones that were decided at `before` or earlier and have their papers still. */
MUST_CHECK enum err
kyc_due_for_erasure(struct ctx *cx, int64_t before, int64_t limit, kyc_fn each, void *arg);
/* How many wait for a decision, and since when the oldest does (0: none). */
MUST_CHECK enum err kyc_depth(struct ctx *cx, int64_t *rows, int64_t *oldest);

struct kyc_step {
	struct uuid id, application_id;
	int64_t at;
	struct str event;  /* "submitted", "approved", "first_approval", … */
	struct str status; /* the application's, behind it */
	struct str source; /* "applicant", "reviewer", "operator", "provider", "system" */
	struct uuid actor_id;
	struct str reason, asked;
};
/* Inside a store_write; makes the id. */
MUST_CHECK enum err kyc_history_insert(struct ctx *cx, const struct kyc_step *s);
typedef void (*kyc_step_fn)(struct ctx *cx, const struct kyc_step *s, void *arg);
/* In order. */
MUST_CHECK enum err kyc_history_list(struct ctx *cx, const struct uuid *application, int64_t limit,
				     kyc_step_fn each, void *arg);
/* Submissions of the user behind `since`, and when the first of them was. */
MUST_CHECK enum err kyc_submissions(struct ctx *cx, const struct uuid *user, int64_t since,
				    int64_t *count, int64_t *first);

/* Inside a store_write: what the account is known by. */
MUST_CHECK enum err
user_set_kyc(struct ctx *cx, const struct uuid *user, struct str status, int64_t now);

#endif
