/* A forgotten password: a mail to the address, and a new password for who can read it. And the
 * change of a known one. */
#ifndef DOMAIN_RECOVER_H
#define DOMAIN_RECOVER_H

#include "domain/verify.h"

struct reset_request_in {
	struct str email;
};
/* The same outcome for every address; ERR_THROTTLED when it had too many mails. */
MUST_CHECK enum err
reset_request(struct ctx *cx, const struct reset_request_in *in, struct nothing *out);

struct reset_in {
	struct str token;       /* either this … */
	struct str email, code; /* … or both of these */
	struct secret new_password;
};
/* ERR_INVALID_LINK, ERR_INVALID_CODE; a refused password uses nothing up. Ends every session. */
MUST_CHECK enum err reset_confirm(struct ctx *cx, const struct reset_in *in, struct nothing *out);

struct password_change_in {
	struct secret current_password, new_password;
};
/* Ends the other sessions and all open challenges. */
MUST_CHECK enum err
password_change(struct ctx *cx, const struct password_change_in *in, struct nothing *out);

#endif
