/* The end of an account: asked for by its owner, taken back, carried out. */
#ifndef DOMAIN_CLOSING_H
#define DOMAIN_CLOSING_H

#include "domain/verify.h"

struct close_in {
	struct secret password;
};
/* Closed at once: sessions, challenges and tickets end; erased after account.erase_after.
 * ERR_INVALID, ERR_REAUTHENTICATION, ERR_LAST_ADMIN. */
MUST_CHECK enum err account_close(struct ctx *cx, const struct close_in *in, struct nothing *out);

struct restore_in {
	struct str token;
};
/* Takes a deletion back, with the token of the mail about it; ERR_INVALID_LINK. */
MUST_CHECK enum err
account_restore(struct ctx *cx, const struct restore_in *in, struct nothing *out);

/* Inside a store_write: takes the account away with all that tells of its owner; audit events stay,
 * which know no more than its id. */
MUST_CHECK enum err account_erase(struct ctx *cx, const struct uuid *user, int64_t now);
/* Erases those whose time has come. Runs its own store_writes. */
MUST_CHECK enum err accounts_erase_due(struct ctx *cx);

#endif
