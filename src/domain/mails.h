/* The mails of the use cases: which template, to whom, with what. Inside a store_write. */
#ifndef DOMAIN_MAILS_H
#define DOMAIN_MAILS_H

#include "store/record.h"
#include "store/session.h"
#include "store/user.h"

/* The code and link of an e-mail verification. */
MUST_CHECK enum err mail_verify_email(struct ctx *cx, const struct user *u, struct str code,
				      struct str link_token, int64_t now);
/* The code and link of a password reset; the name is not told, since the address may be unproven.
 */
MUST_CHECK enum err mail_reset_password(struct ctx *cx, const struct user *u, struct str code,
					struct str link_token, int64_t now);
/* As much work as a mail with a code and a link; the outbox drops it (channel "void"). */
MUST_CHECK enum err
mail_to_nobody(struct ctx *cx, struct str to, struct str code, struct str link_token, int64_t now);
/* A login code; nothing of the account is told, since the address may be unproven. */
MUST_CHECK enum err
mail_login_code(struct ctx *cx, const struct user *u, struct str code, int64_t now);
/* The code that proves a new address. */
MUST_CHECK enum err
mail_change_email(struct ctx *cx, struct str email, struct str code, int64_t now);
/* A code as a text message. */
MUST_CHECK enum err sms_code(struct ctx *cx, struct str phone, struct str code, int64_t now);
/* The link of a pre-registration; again: an earlier request is pending. */
MUST_CHECK enum err mail_preregistration(struct ctx *cx, struct str email, struct str link_token,
					 bool again, int64_t now);
/* To the owner of an address that somebody tried to sign up with (privacy.hide_existing_accounts).
 */
MUST_CHECK enum err mail_account_exists(struct ctx *cx, const struct user *u, int64_t now);
/* Notices; they go to proven addresses only and are left out otherwise. */
MUST_CHECK enum err
mail_refresh_reused(struct ctx *cx, const struct user *u, const struct session *s, int64_t now);
MUST_CHECK enum err
mail_login_failures(struct ctx *cx, const struct user *u, int64_t count, int64_t now);
MUST_CHECK enum err mail_password_changed(struct ctx *cx, const struct user *u, int64_t now);
/* A sign-in from a strange place; undo_token absent: without a "this wasn't me" link. */
MUST_CHECK enum err mail_login_alert(struct ctx *cx, const struct user *u,
				     const struct login_record *l, struct str undo_token,
				     int64_t now);
/* A sign-in on a device that was never seen; the same of undo_token. */
MUST_CHECK enum err mail_new_device(struct ctx *cx, const struct user *u, const struct session *s,
				    struct str name, struct str undo_token, int64_t now);

/* method: "totp" or "sms". */
MUST_CHECK enum err
mail_mfa_enabled(struct ctx *cx, const struct user *u, struct str method, int64_t now);
MUST_CHECK enum err mail_mfa_disabled(struct ctx *cx, const struct user *u, int64_t now);
MUST_CHECK enum err
mail_recovery_code_used(struct ctx *cx, const struct user *u, int64_t left, int64_t now);
/* Somebody who knows the password can't give the second factor. */
MUST_CHECK enum err
mail_mfa_failures(struct ctx *cx, const struct user *u, int64_t count, int64_t now);

/* undo: the token of its undo link; absent: none. */
MUST_CHECK enum err
mail_phone_changed(struct ctx *cx, const struct user *u, struct str undo, int64_t now);
/* To u's address, which is the old one (with an undo link) or the new. */
MUST_CHECK enum err
mail_email_changed(struct ctx *cx, const struct user *u, struct str undo, int64_t now);
/* restore: the token of the link that takes it back; absent: none. */
MUST_CHECK enum err
mail_deletion(struct ctx *cx, const struct user *u, struct str restore, int64_t now);

/* The steps of an identity check. ends_at 0: for ever; reason absent: none; papers: kinds apart by
 * spaces. */
MUST_CHECK enum err mail_kyc_received(struct ctx *cx, const struct user *u, int64_t now);
MUST_CHECK enum err
mail_kyc_approved(struct ctx *cx, const struct user *u, int64_t ends_at, int64_t now);
MUST_CHECK enum err
mail_kyc_rejected(struct ctx *cx, const struct user *u, struct str reason, int64_t now);
MUST_CHECK enum err
mail_kyc_revoked(struct ctx *cx, const struct user *u, struct str reason, int64_t now);
MUST_CHECK enum err mail_kyc_resubmit(struct ctx *cx, const struct user *u, struct str reason,
				      struct str papers, int64_t now);
MUST_CHECK enum err mail_kyc_expired(struct ctx *cx, const struct user *u, int64_t now);

#endif
