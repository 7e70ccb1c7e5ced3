/* The proof of an e-mail address by a code or a link that came to it. */
#ifndef DOMAIN_VERIFY_H
#define DOMAIN_VERIFY_H

#include "store/user.h"

/* Inside a store_write: a new code and link for u's address, in a mail; the ones before are
 * replaced. */
MUST_CHECK enum err verification_send(struct ctx *cx, const struct user *u, int64_t now);

/* Inside a store_write: u's address is proven. u is set anew. */
MUST_CHECK enum err email_mark_verified(struct ctx *cx, struct user *u, int64_t now);

struct send_verification_in {
	struct str email; /* absent: the caller's own */
};
struct nothing {
	char unused;
};
/* The same outcome whether or not anything was sent; ERR_THROTTLED when the address had too many
 * mails. */
MUST_CHECK enum err
verification_request(struct ctx *cx, const struct send_verification_in *in, struct nothing *out);

struct verify_in {
	struct str token;       /* either this … */
	struct str code, email; /* … or a code with the e-mail, or with the caller signed in */
};
struct verify_out {
	struct user user;
};
/* ERR_INVALID_LINK, ERR_INVALID_CODE, ERR_ALREADY_VERIFIED (by token or signed in only). */
MUST_CHECK enum err
verification_confirm(struct ctx *cx, const struct verify_in *in, struct verify_out *out);

#endif
