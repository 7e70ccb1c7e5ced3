/* The end of an account: asked for by its owner or an operator, taken back, carried out. */
#ifndef DOMAIN_CLOSING_H
#define DOMAIN_CLOSING_H

#include "domain/verify.h"
#include "store/user.h"

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

struct account_delete_in {
	struct uuid user;
	bool at_once; /* without the grace in which it can be taken back */
};
struct account_deleted {
	struct user user; /* as it was */
	bool erased;      /* else it is closed, and is erased when its time has come */
};
/* The same by an operator. Nothing is erased while an undo link of the account lives; one that is
 * closed already stays so, with the time it had. ERR_NOT_FOUND, ERR_LAST_ADMIN. */
MUST_CHECK enum err
account_delete(struct ctx *cx, const struct account_delete_in *in, struct account_deleted *out);

/* Erases those whose time has come, with all that tells of their owners; audit events stay, which
 * know no more than an id. Runs its own store_writes. */
MUST_CHECK enum err accounts_erase_due(struct ctx *cx);

#endif
