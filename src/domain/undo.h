/* "I did not sign up", "this wasn't me": what the links in mails take back. */
#ifndef DOMAIN_UNDO_H
#define DOMAIN_UNDO_H

#include "domain/verify.h"
#include "store/undo_link.h"

#define UNDO_LIFE (72 * HOUR)

/*
 * Inside a store_write: a link for the notice of an act, good for 72 hours. kind: UNDO_EMAIL,
 * UNDO_PHONE or UNDO_SESSION; was: the account before the act; session: of UNDO_SESSION, else NULL.
 * Absent when the address is unproven, since no notice goes there.
 */
MUST_CHECK enum err undo_link_make(struct ctx *cx, struct str kind, const struct user *was,
				   const struct uuid *session, int64_t now, struct str *token);
/* Inside a store_write: uses a link up, and ends those that it outranks. u: whose it is, as it is
 * after what the link does. ERR_INVALID_LINK when another was faster. */
MUST_CHECK enum err
undo_take(struct ctx *cx, const struct undo_link *l, const struct user *u, int64_t now);
struct undo_in {
	struct str token;
};
/*
 * With the token of a notice: takes the act back, and what came after it; everybody is signed out
 * and the password is void until a reset. With that of a sign-up's verification mail: closes that
 * unverified account (or drops that pre-registration). ERR_INVALID_LINK; ERR_ALREADY_VERIFIED when
 * the sign-up's address was proven meanwhile.
 */
MUST_CHECK enum err undo(struct ctx *cx, const struct undo_in *in, struct nothing *out);

#endif
