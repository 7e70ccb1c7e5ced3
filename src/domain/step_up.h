/* The owner proves to be there, before what a stolen token alone must not do. 7-states.md, "Small
 * print". */
#ifndef DOMAIN_STEP_UP_H
#define DOMAIN_STEP_UP_H

#include "base/ctx.h"

/* Whether the caller's sign-in, or second factor, was in the last 10 minutes. */
bool signed_in_lately(const struct ctx *cx);
/* The password, or none and a sign-in of the last 10 minutes; ERR_REAUTHENTICATION, ERR_INVALID. */
MUST_CHECK enum err step_up_either(struct ctx *cx, struct secret password);
/* The password; only for an account that has none, a sign-in of the last 10 minutes. */
MUST_CHECK enum err step_up(struct ctx *cx, struct secret password);

#endif
