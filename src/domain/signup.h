/* Sign-up: an account whose address is still to be proven, a mail that proves it, and by
 * configuration a first session. */
#ifndef DOMAIN_SIGNUP_H
#define DOMAIN_SIGNUP_H

#include "domain/signin.h"

struct signup_in {
	struct str email, username, phone, full_name, role, device_id;
	struct secret password;
};

/* ERR_TAKEN with the field, ERR_INVALID with fields. */
MUST_CHECK enum err signup(struct ctx *cx, const struct signup_in *in, struct sign_in *out);

/* For the command line: no mail and no session; any role, verified or not as said. */
struct user_create_in {
	struct str email, username, full_name, role;
	struct secret password;
	bool verified;
};
MUST_CHECK enum err user_create(struct ctx *cx, const struct user_create_in *in, struct user *out);

#endif
