/* Who reads the mailbox says that the account is none of theirs, and before anybody proved
 * otherwise that is the last word. */
#include "domain/undo.h"

#include "base/clock.h"
#include "crypto/token.h"
#include "domain/audit.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "store/preregistration.h"
#include "store/store.h"

static enum err
drop_preregistration(struct ctx *cx, struct str token, int64_t now)
{
	struct preregistration p;
	uint8_t mac[MAC_SIZE];

	TRY(link_token_mac(cx, token, mac));
	TRY(err_map(preregistration_by_link(cx, mac, &p), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (p.consumed_at)
		return ERR_ALREADY_VERIFIED;
	if (now >= p.expires_at)
		return ERR_INVALID_LINK;
	return preregistration_delete(cx, &p.id);
}

static enum err
close_account(struct ctx *cx, void *arg)
{
	const struct undo_in *in = arg;
	int64_t now = clock_now();
	struct challenge proof;
	struct user u;
	enum err e = proof_by_link(cx, PURPOSE_VERIFY_EMAIL, in->token, &proof);

	if (e == ERR_INVALID_LINK)
		return drop_preregistration(cx, in->token, now);
	TRY(e);
	TRY(err_map(user_by_id(cx, &proof.user_id, &u), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (proof.replaced_at || standing_of(&u, now) != OK)
		return ERR_INVALID_LINK;
	if (u.is_email_verified)
		return ERR_ALREADY_VERIFIED;
	if (!proof_link_lives(&proof, now))
		return ERR_INVALID_LINK;
	TRY(audit_note(cx, "signup_undone", &u.id, NULL, now));
	return user_delete(cx, &u.id);
}

enum err
undo(struct ctx *cx, const struct undo_in *in, struct nothing *out)
{
	struct undo_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, close_account, &copy);
}
