/* See the header. The rows of one address are few, so that nobody can pile them up, and the pushier
 * client address loses its oldest first. */
#include "domain/preregister.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/hasher.h"
#include "crypto/token.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/policy.h"
#include "domain/proof.h"
#include "domain/standing.h"
#include "domain/wipe.h"
#include "store/store.h"
#include "store/undo_link.h"

#define PENDING_MOST 5

struct pending {
	struct preregistration v[PENDING_MOST + 1];
	size_t n;
};

static void
collect(struct ctx *cx, const struct preregistration *p, void *arg)
{
	struct pending *list = arg;

	if (list->n < ARRAY_LEN(list->v))
		list->v[list->n++] = *p;
}

static size_t
count_of_net(const struct pending *list, struct str net)
{
	size_t count = 0;

	for (size_t i = 0; i < list->n; i++)
		count += str_eq(list->v[i].net, net);
	return count;
}

/* The oldest row of the client address that has the most; the list is newest first. */
static const struct preregistration *
to_drop(const struct pending *list)
{
	const struct preregistration *drop = &list->v[list->n - 1];

	for (size_t i = list->n; i-- > 0;)
		if (count_of_net(list, list->v[i].net) > count_of_net(list, drop->net))
			drop = &list->v[i];
	return drop;
}

static struct str
caller_net(struct ctx *cx)
{
	struct str parts[] = {S("net"), cx->caller->net};
	uint8_t mac[MAC_SIZE];

	vault_mac_parts(cx->vault, VAULT_COUNT, parts, ARRAY_LEN(parts), mac);
	return (struct str){arena_copy(cx->arena, mac, sizeof mac), sizeof mac};
}

/* ERR_TAKEN when the address is proven by an account, or an undo link holds it for one. */
static enum err
check_free(struct ctx *cx, struct str email_key)
{
	struct user u;
	enum err e = user_by_email(cx, email_key, &u);
	bool taken = e == OK && u.is_email_verified;

	TRY(err_map(e, ERR_NOT_FOUND, OK));
	if (e == ERR_NOT_FOUND)
		TRY(undo_holds(cx, email_key, NULL, clock_now(), &taken));
	if (!taken)
		return OK;
	(void)fail_field(cx, "email", "This address is taken.");
	return ERR_TAKEN;
}

struct wish {
	struct preregistration row;
	struct str link_token;
	bool hide;
};

static enum err
tell_owner(struct ctx *cx, const struct wish *w)
{
	struct user owner;
	enum err e = user_by_email(cx, w->row.email_key, &owner);

	fault_clear(cx);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, "verification", w->row.email_key, w->row.created_at));
	return e == OK ? mail_account_exists(cx, &owner, w->row.created_at) : OK;
}

static enum err
insert(struct ctx *cx, void *arg)
{
	const struct wish *w = arg;
	struct pending list = {.n = 0};
	int64_t now = w->row.created_at;
	struct user holder;
	enum err e = check_free(cx, w->row.email_key);

	if (e == ERR_TAKEN && w->hide)
		return tell_owner(cx, w);
	TRY(e);
	TRY(message_budget_take(cx, "verification", w->row.email_key, now));
	e = user_by_email(cx, w->row.email_key, &holder);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	if (e == OK && standing_of(&holder, now) != OK)
		return proof_decoy(cx, PURPOSE_VERIFY_EMAIL, w->row.email_key, now);
	TRY(preregistration_pending(cx, w->row.email_key, now, collect, &list));
	if (list.n >= PENDING_MOST)
		TRY(preregistration_delete(cx, &to_drop(&list)->id));
	TRY(preregistration_insert(cx, &w->row));
	return mail_preregistration(cx, w->row.email, w->link_token, list.n > 0, now);
}

static enum err
plan(struct ctx *cx, const struct preregister_in *in, struct wish *w)
{
	int64_t now = clock_now();
	uint8_t mac[MAC_SIZE];

	TRY(uuid_new(&w->row.id));
	TRY(link_token_make(cx, &w->link_token, mac));
	w->row.link_mac = (struct str){arena_copy(cx->arena, mac, sizeof mac), sizeof mac};
	w->row.net = caller_net(cx);
	w->row.full_name = in->full_name;
	w->row.created_at = now;
	w->row.expires_at = now + cx->config->challenge_link_ttl;
	return password_hash(cx, in->password, &w->row.password);
}

enum err
preregister(struct ctx *cx, const struct preregister_in *in, struct preregister_out *out)
{
	struct wish w = {.hide = cx->config->privacy_hide_existing_accounts};
	const struct str words[] = {str_trim(in->email), in->full_name};

	w.row.email = words[0];
	w.row.email_key = str_lower(cx->arena, w.row.email);
	TRY(policy_password(cx, "password", in->password, words, ARRAY_LEN(words)));
	if (!w.hide)
		TRY(check_free(cx, w.row.email_key));
	TRY(plan(cx, in, &w));
	TRY(store_write(cx, insert, &w));
	out->email = w.row.email;
	return OK;
}

enum err
preregistration_newest(struct ctx *cx, struct str email_key, int64_t now,
		       struct preregistration *out)
{
	struct pending list = {.n = 0};

	TRY(preregistration_pending(cx, email_key, now, collect, &list));
	if (!list.n)
		return ERR_NOT_FOUND;
	*out = list.v[0];
	return OK;
}

/* ERR_ALREADY_VERIFIED when the address has been taken meanwhile. */
static enum err
make_account(struct ctx *cx, const struct preregistration *p, int64_t now, struct user *out)
{
	bool held;
	struct user u = {
		.email = p->email,
		.email_key = p->email_key,
		.full_name = p->full_name,
		.password = p->password,
		.role = cx->config->role_default_effective,
		.kyc_status = S("none"),
		.is_email_verified = true,
		.created_at = now,
		.updated_at = now,
	};

	TRY(undo_holds(cx, p->email_key, NULL, now, &held));
	if (held)
		return ERR_ALREADY_VERIFIED;
	TRY(uuid_new(&u.id));
	TRY(err_map(user_insert(cx, &u), ERR_TAKEN, ERR_ALREADY_VERIFIED));
	TRY(audit_note(cx, "user_created", &u.id, NULL, now));
	*out = u;
	return OK;
}

enum err
preregistration_verify(struct ctx *cx, const uint8_t link_mac[static 32], int64_t now,
		       struct user *out)
{
	struct preregistration p;
	enum err e;

	TRY(err_map(preregistration_by_link(cx, link_mac, &p), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (p.consumed_at)
		return ERR_ALREADY_VERIFIED;
	if (now >= p.expires_at)
		return ERR_INVALID_LINK;
	e = user_hold_by_email(cx, p.email_key, out);
	if (e == OK && standing_of(out, now) != OK)
		return ERR_INVALID_LINK;
	if (e == OK && out->is_email_verified)
		return ERR_ALREADY_VERIFIED;
	TRY(err_map(preregistration_consume(cx, &p.id, now), ERR_NOT_FOUND, ERR_ALREADY_VERIFIED));
	if (e == OK)
		return account_wipe(cx, out, p.full_name, p.password, now);
	return e == ERR_NOT_FOUND ? make_account(cx, &p, now, out) : e;
}

/* Another link for the caller's own newest row. */
static enum err
relink(struct ctx *cx, const struct pending *list, struct str net, int64_t now)
{
	struct str token;
	uint8_t mac[MAC_SIZE];

	for (size_t i = 0; i < list->n; i++) {
		if (!str_eq(list->v[i].net, net))
			continue;
		TRY(link_token_make(cx, &token, mac));
		TRY(preregistration_relink(cx, &list->v[i].id, mac,
					   now + cx->config->challenge_link_ttl));
		return mail_preregistration(cx, list->v[i].email, token, list->n > 1, now);
	}
	return proof_decoy(cx, PURPOSE_VERIFY_EMAIL, list->v[0].email_key, now);
}

static enum err
resend(struct ctx *cx, void *arg)
{
	const struct send_verification_in *in = arg;
	struct str key = str_lower(cx->arena, str_trim(in->email));
	struct pending list = {.n = 0};
	int64_t now = clock_now();
	struct user u;
	enum err e = user_hold_by_email(cx, key, &u);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	TRY(message_budget_take(cx, "verification", key, now));
	TRY(preregistration_pending(cx, key, now, collect, &list));
	if (e == OK && (u.is_email_verified || standing_of(&u, now) != OK))
		return proof_decoy(cx, PURPOSE_VERIFY_EMAIL, key, now);
	if (list.n)
		return relink(cx, &list, caller_net(cx), now);
	return e == OK ? verification_send(cx, &u, now)
		       : proof_decoy(cx, PURPOSE_VERIFY_EMAIL, key, now);
}

enum err
preregistration_resend(struct ctx *cx, const struct send_verification_in *in, struct nothing *out)
{
	struct send_verification_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, resend, &copy);
}
