/* What a signed-in user sees and changes of the own account. */
#ifndef DOMAIN_ACCOUNT_H
#define DOMAIN_ACCOUNT_H

#include "domain/verify.h"
#include "store/user.h"

MUST_CHECK enum err me(struct ctx *cx, const struct nothing *in, struct user *out);

/* Only what has its flag set is changed; an absent value with the flag takes the old one away. */
struct profile_in {
	struct str full_name, username, phone;
	bool full_name_set, username_set, phone_set;
	struct secret password; /* for the step-up that a changed phone wants */
};
/* ERR_TAKEN (username), ERR_REAUTHENTICATION, ERR_PHONE_IS_FACTOR. A changed phone is unverified.
 */
MUST_CHECK enum err profile_change(struct ctx *cx, const struct profile_in *in, struct user *out);

#endif
