/*
 * What those who run the place do to an account, from the command line or with the role ADMIN. Each
 * leaves an audit event. ERR_NOT_FOUND: there is no such account. ERR_LAST_ADMIN: nobody with the
 * role ADMIN, unlocked and undeleted, would be left.
 */
#ifndef DOMAIN_ADMIN_H
#define DOMAIN_ADMIN_H

#include "store/user.h"

#define REASON_MAX 500 /* characters */

struct admin_lock_in {
	struct uuid user;
	struct str reason;
	int64_t until; /* 0: until unlocked */
};
/* Ends all sessions and open challenges. A second lock takes the first one's place. */
MUST_CHECK enum err admin_lock(struct ctx *cx, const struct admin_lock_in *in, struct user *out);

struct admin_unlock_in {
	struct uuid user;
	struct str reason; /* absent: none given */
};
/* Also ends the account's counts of failures. One that is not locked stays so. */
MUST_CHECK enum err
admin_unlock(struct ctx *cx, const struct admin_unlock_in *in, struct user *out);

struct admin_set_role_in {
	struct uuid user;
	struct str role;   /* in any case */
	struct str reason; /* absent: none given */
};
/* Sessions live on, with the new role from the next request. */
MUST_CHECK enum err
admin_set_role(struct ctx *cx, const struct admin_set_role_in *in, struct user *out);

struct admin_set_password_in {
	struct uuid user;
	struct secret password;
};
/* The policy holds. Ends all sessions, open challenges and counts of failures; the owner is told by
 * mail. */
MUST_CHECK enum err
admin_set_password(struct ctx *cx, const struct admin_set_password_in *in, struct user *out);

#endif
