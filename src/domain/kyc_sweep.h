/* What time does to an identity check. */
#ifndef DOMAIN_KYC_SWEEP_H
#define DOMAIN_KYC_SWEEP_H

#include "base/ctx.h"

/* One round: approvals that are over expire (kyc.approval_ttl), papers of closed applications are
 * erased (kyc.erase_after behind the decision), and what broke off is cleaned away. */
MUST_CHECK enum err kyc_sweep(struct ctx *cx);

#endif
