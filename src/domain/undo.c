/*
 * Who reads the mailbox says that the account is none of theirs, and before anybody proved
 * otherwise that is the last word. Who reads the mailbox that the account had says that an act was
 * not theirs: then nothing that came after it is believed either, and whoever is signed in is out.
 */
#include "domain/undo.h"

#include "base/clock.h"
#include "crypto/token.h"
#include "domain/access.h"
#include "domain/admin.h"
#include "domain/audit.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "store/factor.h"
#include "store/preregistration.h"
#include "store/store.h"

enum err
undo_link_make(struct ctx *cx, struct str kind, const struct user *was, const struct uuid *session,
	       int64_t now, struct str *token)
{
	struct undo_link l = {
		.user_id = was->id,
		.kind = kind,
		.sent_to = was->email_key,
		.created_at = now,
		.expires_at = now + UNDO_LIFE,
	};
	uint8_t mac[MAC_SIZE];

	*token = STR_NONE;
	if (!was->is_email_verified)
		return OK;
	if (str_eq(kind, UNDO_EMAIL)) {
		l.email = was->email;
		l.email_key = was->email_key;
	}
	if (str_eq(kind, UNDO_PHONE)) {
		l.phone = was->phone;
		l.phone_verified = was->is_phone_verified;
	}
	if (session)
		l.session_id = *session;
	TRY(uuid_new(&l.id));
	TRY(link_token_make(cx, token, mac));
	return undo_insert(cx, &l, mac);
}

enum err
undo_take(struct ctx *cx, const struct undo_link *l, const struct user *u, int64_t now)
{
	TRY(err_map(undo_use(cx, &l->id, now), ERR_NOT_FOUND, ERR_INVALID_LINK));
	return undo_end_others(cx, l, u->email_key, now);
}

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
close_account(struct ctx *cx, struct str token, int64_t now)
{
	struct challenge proof;
	struct user u;
	enum err e = proof_by_link(cx, PURPOSE_VERIFY_EMAIL, token, &proof);

	if (e == ERR_INVALID_LINK)
		return drop_preregistration(cx, token, now);
	TRY(e);
	TRY(err_map(user_hold(cx, &proof.user_id, &u), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (proof.replaced_at || standing_of(&u, now) != OK)
		return ERR_INVALID_LINK;
	if (u.is_email_verified)
		return ERR_ALREADY_VERIFIED;
	if (!proof_link_lives(&proof, now))
		return ERR_INVALID_LINK;
	if (str_eq(u.role, S("ADMIN")))
		TRY(admin_may_go(cx, &u.id, now, &u));
	TRY(user_delete(cx, &u.id));
	return audit_note(cx, "signup_undone", &u.id, NULL, now);
}

static enum err
give_address_back(struct ctx *cx, const struct undo_link *l, struct user *u, int64_t now)
{
	u->email = l->email;
	u->email_key = l->email_key;
	u->is_email_verified = true;
	return user_set_email(cx, &u->id, l->email, l->email_key, now);
}

/* Unproven when another account has proven the number meanwhile. */
static enum err
give_phone_back(struct ctx *cx, const struct undo_link *l, struct user *u, int64_t now)
{
	struct user other;
	enum err e = ERR_NOT_FOUND;

	if (l->phone_verified)
		e = user_by_verified_phone(cx, l->phone, &other);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	u->is_phone_verified =
		l->phone_verified && (e == ERR_NOT_FOUND || uuid_eq(&other.id, &u->id));
	u->phone = l->phone;
	u->updated_at = now;
	return user_set_profile(cx, u);
}

/* What was set up since the act goes, older ones stay. */
static enum err
drop_factors_since(struct ctx *cx, const struct user *u, int64_t since, int64_t now)
{
	struct factor v[FACTORS_MOST];
	bool on = false;
	size_t n;

	TRY(factor_delete_since(cx, &u->id, since));
	TRY(factor_list(cx, &u->id, v, &n));
	for (size_t i = 0; i < n; i++)
		on |= v[i].enabled_at != 0;
	TRY(on ? recovery_code_delete_since(cx, &u->id, since)
	       : recovery_code_delete_all(cx, &u->id));
	return on == u->mfa_enabled ? OK : user_set_mfa(cx, &u->id, on, now);
}

static enum err
end_everything(struct ctx *cx, const struct user *u, int64_t now)
{
	TRY(access_end(cx, &u->id, NULL, S("undone"), now));
	return user_void_password(cx, &u->id, now);
}

static enum err
take_back(struct ctx *cx, const struct undo_link *l, int64_t now)
{
	struct user u;

	if (str_eq(l->kind, UNDO_RESTORE))
		return ERR_INVALID_LINK;
	TRY(err_map(user_hold(cx, &l->user_id, &u), ERR_NOT_FOUND, ERR_INVALID_LINK));
	TRY(drop_factors_since(cx, &u, l->created_at, now));
	if (str_eq(l->kind, UNDO_EMAIL))
		TRY(give_address_back(cx, l, &u, now));
	if (str_eq(l->kind, UNDO_PHONE))
		TRY(give_phone_back(cx, l, &u, now));
	if (u.deleted_at >= l->created_at)
		TRY(user_set_deleted(cx, &u.id, 0, now));
	TRY(undo_take(cx, l, &u, now));
	TRY(end_everything(cx, &u, now));
	return audit_note(cx,
			  str_eq(l->kind, UNDO_EMAIL)   ? "email_change_undone"
			  : str_eq(l->kind, UNDO_PHONE) ? "phone_change_undone"
							: "sign_in_disowned",
			  &u.id, uuid_is_zero(&l->session_id) ? NULL : &l->session_id, now);
}

static enum err
act(struct ctx *cx, void *arg)
{
	const struct undo_in *in = arg;
	int64_t now = clock_now();
	struct undo_link l;
	uint8_t mac[MAC_SIZE];
	enum err e;

	TRY(link_token_mac(cx, in->token, mac));
	e = undo_by_mac(cx, mac, &l);
	if (e == ERR_NOT_FOUND)
		return close_account(cx, in->token, now);
	TRY(e);
	return l.used_at || now >= l.expires_at ? ERR_INVALID_LINK : take_back(cx, &l, now);
}

enum err
undo(struct ctx *cx, const struct undo_in *in, struct nothing *out)
{
	struct undo_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, act, &copy);
}
