/*
 * Pre-registration (seed 003): no account exists until the address is proven. Each request before
 * that makes a row and a link of its own, since whoever asks later may be a stranger; the first
 * link opened makes the account with what was given with it.
 */
#ifndef DOMAIN_PREREGISTER_H
#define DOMAIN_PREREGISTER_H

#include "domain/verify.h"
#include "store/preregistration.h"

struct preregister_in {
	struct str email, full_name;
	struct secret password;
};
struct preregister_out {
	struct str email; /* as typed, trimmed */
};
/* ERR_TAKEN when the address belongs to an account that has proven it (unless that is hidden). */
MUST_CHECK enum err
preregister(struct ctx *cx, const struct preregister_in *in, struct preregister_out *out);

/* The newest pending one of an address; ERR_NOT_FOUND. For the login of who has not opened the link
 * yet. */
MUST_CHECK enum err preregistration_newest(struct ctx *cx, struct str email_key, int64_t now,
					   struct preregistration *out);

/*
 * Inside a store_write: what opening the link with this MAC does. ERR_INVALID_LINK, or
 * ERR_ALREADY_VERIFIED when it, or another link of the address, was opened before.
 */
MUST_CHECK enum err preregistration_verify(struct ctx *cx, const uint8_t link_mac[static 32],
					   int64_t now, struct user *out);

/* The newest pending row that was asked for from the caller's own address gets a new link; an
 * unverified account alone its own mail. */
MUST_CHECK enum err
preregistration_resend(struct ctx *cx, const struct send_verification_in *in, struct nothing *out);

#endif
