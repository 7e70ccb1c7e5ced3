/* What an applicant says of himself, and which papers he must send. */
#ifndef DOMAIN_KYC_FORM_H
#define DOMAIN_KYC_FORM_H

#include "domain/kyc_submit.h"

/*
 * Gathers a field error for each that is wrong. asked: the kinds that were asked for again, apart
 * by spaces, of which each must be sent and no other; absent: a first submission, which needs the
 * names and a front.
 */
MUST_CHECK enum err
kyc_form_check(struct ctx *cx, const struct kyc_submit_in *in, struct str asked);
/* ISO 3166-1 alpha-2, upper case, as assigned. */
bool country_known(struct str code);
/* Whole years from a birth to now; -1: the text is no date as in 1990-02-28, or in the future. */
int64_t age_of(struct str date_of_birth, int64_t now);

#endif
