/* "I did not sign up", "this wasn't me": what the links in mails take back. */
#ifndef DOMAIN_UNDO_H
#define DOMAIN_UNDO_H

#include "domain/verify.h"

struct undo_in {
	struct str token;
};
/*
 * With the token of a sign-up's verification mail: closes that unverified account (or drops that
 * pre-registration). ERR_INVALID_LINK; ERR_ALREADY_VERIFIED when the address was proven meanwhile.
 */
MUST_CHECK enum err undo(struct ctx *cx, const struct undo_in *in, struct nothing *out);

#endif
