/* A new e-mail address: it proves itself before it replaces the old one. */
#ifndef DOMAIN_EMAIL_CHANGE_H
#define DOMAIN_EMAIL_CHANGE_H

#include "domain/verify.h"
#include "store/user.h"

struct email_change_in {
	struct secret password;
	struct str new_email;
};
/* Mails a code to the new address. ERR_INVALID, ERR_REAUTHENTICATION, ERR_TAKEN, ERR_THROTTLED. */
MUST_CHECK enum err
email_change_request(struct ctx *cx, const struct email_change_in *in, struct nothing *out);

struct email_confirm_in {
	struct str code;
};
/* Ends the other sessions; the old address is told and can undo it. ERR_INVALID_CODE, ERR_TAKEN. */
MUST_CHECK enum err
email_change_confirm(struct ctx *cx, const struct email_confirm_in *in, struct user *out);

#endif
