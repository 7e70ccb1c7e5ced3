/*
 * What those who run the place do to an account, from the command line or with the role ADMIN. Each
 * leaves an audit event. ERR_NOT_FOUND: there is no such account. ERR_LAST_ADMIN: nobody with the
 * role ADMIN, unlocked and undeleted, would be left.
 */
#ifndef DOMAIN_ADMIN_H
#define DOMAIN_ADMIN_H

#include "domain/verify.h"
#include "store/user.h"

#define REASON_MAX 500 /* characters */

/* ERR_INVALID (field "reason") for a text that is no reason; absent is one. */
MUST_CHECK enum err admin_check_reason(struct ctx *cx, struct str reason);
/* Inside a store_write: whether the caller, if signed in, is an administrator at this moment, since
 * another may just have ended that. ERR_ROLE_REQUIRED, ERR_TOKEN. */
MUST_CHECK enum err admin_still(struct ctx *cx);
/* Inside a store_write, before anything is read there: the account as it is, which may lose its
 * rights. */
MUST_CHECK enum err
admin_may_go(struct ctx *cx, const struct uuid *user, int64_t now, struct user *out);

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

struct admin_act_in {
	struct uuid user;
	struct str reason; /* absent: none given */
};
/* Ends all sessions and sign-ins that wait for a second factor. */
MUST_CHECK enum err
admin_logout_all(struct ctx *cx, const struct admin_act_in *in, struct nothing *out);
/* Takes all second factors and recovery codes away. */
MUST_CHECK enum err
admin_reset_mfa(struct ctx *cx, const struct admin_act_in *in, struct nothing *out);

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
