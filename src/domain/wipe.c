/*
 * An unverified account does not own its address: anybody can sign up with it. So when the
 * mailbox's owner comes, nothing of the stranger's may stay: no password, no session, no device, no
 * known place, no second factor, no half-open challenge.
 */
#include "domain/wipe.h"

#include "base/config.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/mfa.h"
#include "store/challenge.h"
#include "store/fingerprint.h"
#include "store/kyc_paper.h"

enum err
account_wipe(struct ctx *cx, struct user *u, struct str full_name, struct str password, int64_t now)
{
	TRY(session_delete_all(cx, &u->id));
	TRY(device_delete_all(cx, &u->id));
	TRY(fingerprint_delete_all(cx, &u->id));
	TRY(login_delete_all(cx, &u->id));
	TRY(challenge_end_all(cx, &u->id, now));
	TRY(mfa_forget(cx, &u->id, now));
	TRY(attempts_forget(cx, &u->id));
	TRY(kyc_forget(cx, &u->id, now));
	TRY(user_reset(cx, &u->id, full_name, password, cx->config->role_default_effective, now));
	TRY(audit_note(cx, "account_wiped", &u->id, NULL, now));
	return user_by_id(cx, &u->id, u);
}
