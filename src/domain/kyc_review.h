/*
 * The reviewer's side of an identity check. Who may is the row's to say, and is looked at once more
 * in the transaction of each act. ERR_NOT_FOUND for an application or paper that there is not.
 */
#ifndef DOMAIN_KYC_REVIEW_H
#define DOMAIN_KYC_REVIEW_H

#include "domain/cursor.h"
#include "domain/devices.h"
#include "domain/kyc.h"
#include "domain/kyc_papers.h"

struct kyc_search {
	struct page_in page;
	struct str status; /* absent: any */
};
struct kyc_page {
	struct list items; /* struct kyc_application, oldest first */
	struct str next_cursor;
};
/* ERR_INVALID for a status that there is not. */
MUST_CHECK enum err kyc_queue(struct ctx *cx, const struct kyc_search *in, struct kyc_page *out);

bool kyc_is_status(struct str status);

struct kyc_case {
	struct kyc_application application; /* document_number in plain */
	struct str email;
	struct str_list asked;
	struct list documents; /* struct kyc_document */
	struct list history;   /* struct kyc_step */
};
MUST_CHECK enum err kyc_show(struct ctx *cx, const struct id_in *in, struct kyc_case *out);

struct kyc_view_in {
	struct uuid application, document;
};
struct kyc_view_out {
	struct kyc_document document;
	struct spool *bytes; /* rewound; the caller frees it */
};
/* Leaves an audit event, before anything is opened. */
MUST_CHECK enum err
kyc_view(struct ctx *cx, const struct kyc_view_in *in, struct kyc_view_out *out);

struct kyc_act_in {
	struct uuid application;
	struct str reason;         /* approve: absent is allowed */
	struct str_list documents; /* resubmit: kinds */
};
/* By cx's caller, or the operator when nobody is signed in. As kyc_decide, and ERR_INVALID. */
MUST_CHECK enum err
kyc_approve(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out);
MUST_CHECK enum err
kyc_reject(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out);
MUST_CHECK enum err
kyc_ask_again(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out);
MUST_CHECK enum err
kyc_revoke(struct ctx *cx, const struct kyc_act_in *in, struct kyc_application *out);

#endif
