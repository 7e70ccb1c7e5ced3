/*
 * The second factor. Every way to sign in ends at mfa_gate; with a factor on, it makes a ticket
 * instead of a session, and the mfa_token of the ticket plus a right code finish the sign-in, on
 * any surface. 7-states.md.
 */
#ifndef DOMAIN_MFA_H
#define DOMAIN_MFA_H

#include "domain/signin.h"
#include "domain/verify.h"
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

struct mfa_verify_in {
	struct str mfa_token; /* absent: what the caller is setting up is proven */
	struct str code;      /* of an authenticator, by SMS, or a recovery code */
	struct str device_id;
};

struct mfa_verified {
	struct sign_in done;            /* of a sign-in; first, so that its shape fits */
	bool set_up;                    /* else these: */
	struct str_list recovery_codes; /* told this once; none when there were some before */
};

/*
 * Finishes the sign-in that waits, whatever surface it began on. ERR_MFA_TOKEN: there is none that
 * waits. ERR_INVALID_CODE: the code is wrong, which is counted, on the ticket and on the account.
 * ERR_THROTTLED: too many were, nothing was looked at. For the right code only: the 403s of
 * sign_in_gate. ERR_INVALID (field "device_id") for another device, not counted.
 */
MUST_CHECK enum err mfa_finish(struct ctx *cx, const struct mfa_verify_in *in, struct sign_in *out);
/* The same with an mfa_token; without one the caller's set-up: ERR_CONFLICT when there is none. */
MUST_CHECK enum err
mfa_verify(struct ctx *cx, const struct mfa_verify_in *in, struct mfa_verified *out);

struct mfa_send_in {
	struct str mfa_token;
};
/* The SMS code, again. ERR_MFA_TOKEN; ERR_CONFLICT when the sign-in can't be finished by SMS;
 * ERR_THROTTLED, and then the last code stays good. */
MUST_CHECK enum err mfa_send(struct ctx *cx, const struct mfa_send_in *in, struct nothing *out);

struct mfa_enable_in {
	struct str method; /* "totp" or "sms" */
	struct secret password;
};

struct mfa_enabling {
	bool totp; /* then these: */
	struct str secret, otpauth_uri;
};

/* Begins a set-up, in place of one of the same method. ERR_CONFLICT when that method is on;
 * ERR_PHONE_NOT_VERIFIED. */
MUST_CHECK enum err
mfa_enable(struct ctx *cx, const struct mfa_enable_in *in, struct mfa_enabling *out);

struct mfa_step_up_in {
	struct secret password;
};
/* Turns all of it off. ERR_CONFLICT when nothing is on. */
MUST_CHECK enum err
mfa_disable(struct ctx *cx, const struct mfa_step_up_in *in, struct nothing *out);

struct recovery_codes {
	struct str_list codes;
};
/* New ones in place of the old. ERR_CONFLICT when no factor is on. */
MUST_CHECK enum err
mfa_new_codes(struct ctx *cx, const struct mfa_step_up_in *in, struct recovery_codes *out);

/* Inside a store_write: factors, recovery codes, tickets and counts go, without a word to anybody.
 */
MUST_CHECK enum err mfa_forget(struct ctx *cx, const struct uuid *user, int64_t now);

#endif
