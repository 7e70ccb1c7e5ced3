/* The applicant's side of an identity check: sending papers, and asking how it stands. */
#ifndef DOMAIN_KYC_SUBMIT_H
#define DOMAIN_KYC_SUBMIT_H

#include "domain/kyc.h"
#include "domain/kyc_papers.h"
#include "domain/verify.h"

/* Absent ones are allowed when papers are sent again (status "resubmit"): what was told stays. */
struct kyc_submit_in {
	struct str full_name, date_of_birth, country, document_type;
	struct str document_number; /* absent: none */
	struct list papers;         /* struct kyc_paper, at most KYC_PAPERS_MOST */
};

struct kyc_submitted {
	struct uuid id;
	struct str status;
	struct list documents; /* struct kyc_document: those of this submission */
	int64_t submitted_at;
};

/*
 * Opens an application of the caller, or adds the papers that were asked for to the open one.
 * ERR_INVALID with all that is wrong; ERR_TOO_LARGE; ERR_KYC_OPEN while one waits for a decision,
 * ERR_KYC_APPROVED while one is approved; ERR_THROTTLED past ten submissions a day. All of it or
 * nothing is kept.
 */
MUST_CHECK enum err
kyc_submit(struct ctx *cx, const struct kyc_submit_in *in, struct kyc_submitted *out);

struct kyc_standing {
	struct str kyc_status;
	struct uuid application_id;                   /* all zero: there never was one */
	struct str reason;                            /* absent: none */
	struct str_list resubmit;                     /* kinds of papers that are asked for */
	int64_t submitted_at, decided_at, expires_at; /* 0: not */
};
/* The caller's. */
MUST_CHECK enum err kyc_status(struct ctx *cx, const struct nothing *in, struct kyc_standing *out);

/* Kinds apart by spaces as a list; absent: an empty one. */
struct str_list kyc_words(struct ctx *cx, struct str words);

#endif
