/* Sign-in by password. The order of its checks is 7-states.md's. */
#ifndef DOMAIN_LOGIN_H
#define DOMAIN_LOGIN_H

#include "base/list.h"
#include "domain/signin.h"

struct login_in {
	struct str identifier; /* e-mail, username or verified phone, as typed */
	struct secret password;
	struct str device_id, device_name;
	struct str_pairs fingerprint; /* of the device; v NULL: none */
};

/* ERR_THROTTLED (nothing was looked at), ERR_CREDENTIALS, then for the right password only: the
 * 403s. */
MUST_CHECK enum err login_password(struct ctx *cx, const struct login_in *in, struct sign_in *out);

/* The account that an identifier (trimmed here) means; ERR_NOT_FOUND. */
MUST_CHECK enum err user_by_identifier(struct ctx *cx, struct str identifier, struct user *out);

/*
 * Whether password is the caller's own, for changes that ask for it again: counted like a sign-in's
 * guess; ERR_INVALID on `field` when it is not. *stored (may be NULL): the hash that it has in the
 * store now.
 */
MUST_CHECK enum err
password_confirm(struct ctx *cx, const char *field, struct secret password, struct str *stored);

#endif
