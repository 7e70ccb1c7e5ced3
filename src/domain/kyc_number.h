/* The number of a document, which rests sealed in its application. */
#ifndef DOMAIN_KYC_NUMBER_H
#define DOMAIN_KYC_NUMBER_H

#include "store/kyc_application.h"

/* plain absent: none. */
MUST_CHECK enum err kyc_number_seal(struct ctx *cx, const struct uuid *application,
				    struct str plain, struct str *sealed);
/* In its place; absent stays so. */
MUST_CHECK enum err kyc_number_open(struct ctx *cx, struct kyc_application *a);

#endif
