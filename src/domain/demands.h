/*
 * What may be demanded of who is signed in, beyond being signed in: by a row of a surface and, for
 * any other application, by the gate. One notation, "email,kyc,role:SELLER|ADMIN", and one
 * judgement.
 */
#ifndef DOMAIN_DEMANDS_H
#define DOMAIN_DEMANDS_H

#include "base/buf.h"
#include "base/ctx.h"
#include "store/user.h"

#define DEMANDED_ROLES 4

struct demands {
	bool verified_email, kyc_approved;
	struct str roles[DEMANDED_ROLES]; /* of each the user has one: "SELLER|ADMIN", any case */
	size_t roles_n;
};

/*
 * Words apart by commas, all of which must hold: email, kyc, role:A|B, and session, which demands
 * no more than to be signed in. ERR_INVALID with the field "require" for any other word, a role
 * that is not configured, more than DEMANDED_ROLES role words, or none at all. out borrows from
 * words.
 */
MUST_CHECK enum err demands_read(struct ctx *cx, struct str words, struct demands *out);
/* In this order: ERR_EMAIL_NOT_VERIFIED, ERR_KYC_REQUIRED, ERR_ROLE_REQUIRED, OK. */
MUST_CHECK enum err demands_met(const struct demands *d, const struct user *u);
/* The same in the notation above; nothing when nothing is demanded. */
void demands_tell(const struct demands *d, struct buf *out);

#endif
