/*
 * The second factor. Every way to sign in ends at mfa_gate; with a factor on, it makes a ticket
 * instead of a session, and the mfa_token of the ticket plus a right code finish the sign-in, on
 * any surface. 7-states.md.
 */
#ifndef DOMAIN_MFA_H
#define DOMAIN_MFA_H

#include "domain/signin.h"
#include "store/factor.h"

#define MFA_ATTEMPTS 5

/* A sign-in whose first step was right. */
struct sign_in_waiting {
	struct str device_id, device_name;
	struct str amr;     /* of the first step: "pwd", "otp" */
	struct str channel; /* "email" or "sms" that it used: no second factor any more; absent:
			       none */
	struct uuid
		session_id; /* of a refresh that is asked for the factor; all zero: a new session */
};

struct mfa_due {
	struct str token;        /* mfa_token, URL-safe */
	struct str_list methods; /* "totp", "sms", "recovery_code" */
};

/* Inside a store_write: OK when no factor is on; else ERR_MFA_REQUIRED with *due set (the ticket
 * stands when the transaction commits). */
MUST_CHECK enum err mfa_gate(struct ctx *cx, const struct user *u, const struct sign_in_waiting *w,
			     int64_t now, struct mfa_due *due);
/* Puts due's members into the fault and returns ERR_MFA_REQUIRED. */
enum err mfa_refuse(struct ctx *cx, const struct mfa_due *due);

#endif
