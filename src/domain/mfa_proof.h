/* Codes of second factors: made, sent, compared, used up. All functions run inside a store_write,
 * but where it is said. */
#ifndef DOMAIN_MFA_PROOF_H
#define DOMAIN_MFA_PROOF_H

#include "store/factor.h"
#include "store/user.h"

#define PURPOSE_MFA_SMS S("mfa_sms")
#define PURPOSE_MFA_SET_UP S("mfa_set_up") /* wrong codes while setting up */

/* The context that u's seed is sealed in. Anywhere. */
struct str seed_context(struct ctx *cx, const struct uuid *user);

/* One try at a factor of u: *right when the code was good, and then it is used up. */
MUST_CHECK enum err factor_try(struct ctx *cx, const struct user *u, const struct factor *f,
			       struct str typed, int64_t now, bool *right);
MUST_CHECK enum err
recovery_code_try(struct ctx *cx, const struct uuid *user, struct str typed, bool *right);

/* A new code to u's verified phone; ERR_THROTTLED leaves the one before good. */
MUST_CHECK enum err mfa_sms_send(struct ctx *cx, const struct user *u, int64_t now);

#endif
