/* Links in mails that take an act or a deletion back. Not challenges: only their use, the use of
 * another one or their time ends them. */
#ifndef STORE_UNDO_LINK_H
#define STORE_UNDO_LINK_H

#include "base/ctx.h"
#include "base/uuid.h"

#define UNDO_EMAIL S("email")
#define UNDO_PHONE S("phone")
#define UNDO_SESSION S("session")
#define UNDO_RESTORE S("restore")

struct undo_link {
	struct uuid id, user_id;
	struct str kind;
	struct str email, email_key; /* before the act; of UNDO_EMAIL */
	struct str phone;            /* the same of UNDO_PHONE; absent: there was none */
	bool phone_verified;
	struct uuid session_id; /* of UNDO_SESSION */
	struct str sent_to;     /* address key */
	int64_t created_at, expires_at, used_at;
};

MUST_CHECK enum err
undo_insert(struct ctx *cx, const struct undo_link *l, const uint8_t mac[static 32]);
/* Whatever its state. */
MUST_CHECK enum err
undo_by_mac(struct ctx *cx, const uint8_t mac[static 32], struct undo_link *out);
/* The compare-and-swap that uses it up; ERR_NOT_FOUND when it was, or has expired. */
MUST_CHECK enum err undo_use(struct ctx *cx, const struct uuid *id, int64_t now);
/*
 * Ends the others of its account that were made later, or sent to another address than email_key,
 * which the account has now. One that restores an address survives when it was made before, or sent
 * to the mailbox that `used` was sent to.
 */
MUST_CHECK enum err
undo_end_others(struct ctx *cx, const struct undo_link *used, struct str email_key, int64_t now);
/* Whether a living one would restore this address to an account other than but (NULL: any). */
MUST_CHECK enum err
undo_holds(struct ctx *cx, struct str email_key, const struct uuid *but, int64_t now, bool *held);
/* Whether the account has a living one that is not a restore link. */
MUST_CHECK enum err undo_lives(struct ctx *cx, const struct uuid *user, int64_t now, bool *lives);
/* Takes away those that expired before `before`, at most limit. */
MUST_CHECK enum err undo_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

#endif
