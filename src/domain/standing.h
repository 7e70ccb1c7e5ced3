/* Whether an account may be used at all: its state, before any question of what it may do. */
#ifndef DOMAIN_STANDING_H
#define DOMAIN_STANDING_H

#include "store/user.h"

/* OK, ERR_ACCOUNT_DELETED or ERR_ACCOUNT_LOCKED (a lock ends by itself at its time). In this order:
 * 7-states.md. */
static inline enum err
standing_of(const struct user *u, int64_t now)
{
	if (u->deleted_at)
		return ERR_ACCOUNT_DELETED;
	if (u->locked_at && (u->locked_until == 0 || now < u->locked_until))
		return ERR_ACCOUNT_LOCKED;
	return OK;
}

/* "active", "locked" or "deleted". */
static inline struct str
standing_text(const struct user *u, int64_t now)
{
	switch (standing_of(u, now)) {
	case ERR_ACCOUNT_DELETED:
		return S("deleted");
	case ERR_ACCOUNT_LOCKED:
		return S("locked");
	default:
		return S("active");
	}
}

#endif
