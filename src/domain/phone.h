/* The phone of an account: when it may change, and what its proof does. Inside a store_write. */
#ifndef DOMAIN_PHONE_H
#define DOMAIN_PHONE_H

#include "store/user.h"

/* ERR_PHONE_IS_FACTOR while a sign-in would ask for a text to it. */
MUST_CHECK enum err phone_may_change(struct ctx *cx, const struct uuid *user);
/* Whether the account's second factor is SMS and nothing else. */
MUST_CHECK enum err phone_is_only_factor(struct ctx *cx, const struct user *u, bool *out);
/* The number is u's from now on, and proven; the owner is told. u is set anew. ERR_PHONE_TAKEN,
 * ERR_PHONE_IS_FACTOR. */
MUST_CHECK enum err phone_set_proven(struct ctx *cx, struct user *u, struct str phone, int64_t now);
/* What every change of the number brings: the codes sent to the old one die, the owner is told.
 * was: the account before it. */
MUST_CHECK enum err
phone_changed(struct ctx *cx, const struct user *was, const struct user *u, int64_t now);

#endif
