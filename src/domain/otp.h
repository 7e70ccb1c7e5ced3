/*
 * One-time codes: to prove a phone or an e-mail, or to sign in without a password. One answer for
 * addresses that are known and unknown.
 */
#ifndef DOMAIN_OTP_H
#define DOMAIN_OTP_H

#include "domain/signin.h"

struct otp_send_in {
	struct str channel;      /* "sms", "email" */
	struct str purpose;      /* "verify" (absent too), "login" */
	struct str phone, email; /* the one that fits the channel; absent: the caller's own */
	struct secret password;  /* for the step-up that a phone proof wants */
};
struct otp_sent {
	struct uuid challenge_id; /* of nothing, when nothing was sent */
	struct str channel;
	int64_t expires_in; /* seconds */
};
/*
 * ERR_THROTTLED (nothing is replaced). Of a phone proof only: ERR_NOT_SIGNED_IN, ERR_TOKEN,
 * ERR_EMAIL_NOT_VERIFIED, ERR_PHONE_IS_FACTOR, ERR_REAUTHENTICATION. ERR_MFA_ENROLLMENT of all else
 * when the caller's role demands a factor that is not set up.
 */
MUST_CHECK enum err otp_send(struct ctx *cx, const struct otp_send_in *in, struct otp_sent *out);

struct otp_verify_in {
	struct str challenge_id; /* this, or the destination: the proof of a caller who is signed
				    in, else the login code */
	struct str phone, email;
	struct str code;
	struct str device_id, device_name; /* of a sign-in */
};
/*
 * sign_in.has_tokens: it was a login code. ERR_INVALID_CODE, ERR_ALREADY_VERIFIED, ERR_PHONE_TAKEN,
 * ERR_PHONE_IS_FACTOR; of a login what sign_in_gate and mfa_gate say.
 */
MUST_CHECK enum err otp_verify(struct ctx *cx, const struct otp_verify_in *in, struct sign_in *out);

/* The caller's role demands a second factor that is not there: all but the proof of a phone, which
 * SMS as a factor needs, is closed (7-states.md). */
MUST_CHECK enum err otp_is_open(const struct ctx *cx, bool phone_proof);

#endif
