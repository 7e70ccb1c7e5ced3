/*
 * Between the wish and the erasure stands a time in which the owner can come back, since a stolen
 * session must not be able to destroy what it can't keep. While an undo link lives nothing is
 * erased at all: an e-mail change and a deletion right after it would else be final.
 */
#include "domain/closing.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/token.h"
#include "domain/access.h"
#include "domain/admin.h"
#include "domain/attempts.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "domain/mails.h"
#include "domain/step_up.h"
#include "domain/undo.h"
#include "store/challenge.h"
#include "store/kyc_paper.h"
#include "store/store.h"

#define BATCH 50
#define PIECE 200 /* rows of one account a transaction */
#define BATCHES_MOST 20

/* Absent: there is no time to come back in, or nobody to tell. */
static enum err
restore_link_make(struct ctx *cx, const struct user *u, int64_t now, struct str *token)
{
	int64_t grace = cx->config->account_erase_after;
	struct undo_link l = {
		.user_id = u->id,
		.kind = UNDO_RESTORE,
		.sent_to = u->email_key,
		.created_at = now,
		.expires_at = now + grace,
	};
	uint8_t mac[MAC_SIZE];

	*token = STR_NONE;
	if (!grace || !u->is_email_verified)
		return OK;
	TRY(uuid_new(&l.id));
	TRY(link_token_make(cx, token, mac));
	return undo_insert(cx, &l, mac);
}

/* The account and all that tells of its owner; audit events stay, which know its id only. */
static enum err
erase(struct ctx *cx, const struct uuid *user, int64_t now)
{
	TRY(login_delete_all(cx, user));
	TRY(attempts_forget(cx, user));
	TRY(kyc_forget(cx, user, now));
	return user_delete(cx, user);
}

/* What a closed account still waits for: nothing, when it is to be erased at once and no undo link
 * could be used any more. */
static enum err
waits(struct ctx *cx, const struct user *u, bool at_once, int64_t now, bool *out)
{
	*out = true;
	return at_once ? undo_lives(cx, &u->id, now, out) : OK;
}

static enum err
close_open_account(struct ctx *cx, const struct user *u, bool at_once, int64_t now, bool *erased)
{
	struct str token = STR_NONE;
	bool waiting;

	TRY(waits(cx, u, at_once, now, &waiting));
	if (waiting) {
		TRY(restore_link_make(cx, u, now, &token));
		TRY(user_set_deleted(cx, &u->id, now, now));
		TRY(access_end(cx, &u->id, NULL, S("deleted"), now));
	} else {
		TRY(session_revoke_all(cx, &u->id, NULL, S("deleted"), now, NULL));
		TRY(erase(cx, &u->id, now));
	}
	TRY(audit_note(cx, "deletion_requested", &u->id, NULL, now));
	if (!waiting)
		TRY(audit_note(cx, "user_erased", &u->id, NULL, now));
	*erased = !waiting;
	return mail_deletion(cx, u, token, now);
}

static enum err
close_caller(struct ctx *cx, void *arg UNUSED)
{
	int64_t now = clock_now();
	struct user u;
	bool erased;

	TRY(err_map(admin_may_go(cx, &cx->caller->user.id, now, &u), ERR_NOT_FOUND, ERR_TOKEN));
	return close_open_account(cx, &u, !cx->config->account_erase_after, now, &erased);
}

enum err
account_close(struct ctx *cx, const struct close_in *in, struct nothing *out)
{
	TRY(step_up(cx, in->password));
	*out = (struct nothing){0};
	return store_write(cx, close_caller, NULL);
}

static enum err
restore(struct ctx *cx, void *arg)
{
	const struct restore_in *in = arg;
	int64_t now = clock_now();
	struct undo_link l;
	struct user u;
	uint8_t mac[MAC_SIZE];

	TRY(link_token_mac(cx, in->token, mac));
	TRY(err_map(undo_by_mac(cx, mac, &l), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (!str_eq(l.kind, UNDO_RESTORE) || l.used_at || now >= l.expires_at)
		return ERR_INVALID_LINK;
	TRY(err_map(user_hold(cx, &l.user_id, &u), ERR_NOT_FOUND, ERR_INVALID_LINK));
	if (!u.deleted_at)
		return ERR_INVALID_LINK;
	TRY(undo_take(cx, &l, &u, now));
	TRY(user_set_deleted(cx, &u.id, 0, now));
	return audit_note(cx, "deletion_taken_back", &u.id, NULL, now);
}

enum err
account_restore(struct ctx *cx, const struct restore_in *in, struct nothing *out)
{
	struct restore_in copy = *in;

	*out = (struct nothing){0};
	return store_write(cx, restore, &copy);
}

struct deletion {
	const struct account_delete_in *in;
	struct account_deleted out;
};

static enum err
delete_account(struct ctx *cx, void *arg)
{
	struct deletion *d = arg;
	struct user *u = &d->out.user;
	bool at_once = d->in->at_once || !cx->config->account_erase_after, waiting;
	int64_t now = clock_now();

	d->out.erased = false;
	TRY(admin_may_go(cx, &d->in->user, now, u));
	if (!u->deleted_at)
		return close_open_account(cx, u, at_once, now, &d->out.erased);
	TRY(waits(cx, u, at_once, now, &waiting));
	if (waiting)
		return OK;
	d->out.erased = true;
	TRY(erase(cx, &u->id, now));
	return audit_note(cx, "user_erased", &u->id, NULL, now);
}

enum err
account_delete(struct ctx *cx, const struct account_delete_in *in, struct account_deleted *out)
{
	struct deletion d = {.in = in};

	TRY(store_write(cx, delete_account, &d));
	*out = d.out;
	return OK;
}

struct batch {
	struct uuid v[BATCH];
	size_t n;
};

static void
collect(struct ctx *cx UNUSED, const struct uuid *id, void *arg)
{
	struct batch *b = arg;

	if (b->n < BATCH)
		b->v[b->n++] = *id;
}

/* One account whose time has come, and how much of it the last transaction took away. */
struct erasure {
	struct uuid user;
	int64_t removed;
	bool due;
};

/* Asked again in each transaction; what was due can only stay so, or be gone. */
static enum err
still_due(struct ctx *cx, struct erasure *e, int64_t now)
{
	struct user u;
	bool held;
	enum err found = user_hold(cx, &e->user, &u);

	e->due = false;
	e->removed = 0;
	if (found != OK)
		return err_map(found, ERR_NOT_FOUND, OK);
	TRY(undo_lives(cx, &u.id, now, &held));
	e->due = u.deleted_at && u.deleted_at <= now - cx->config->account_erase_after && !held;
	return OK;
}

/* Of what an account may have any number of: some, so that no transaction is long. */
static enum err
erase_some(struct ctx *cx, void *arg)
{
	static enum err (*const some[])(struct ctx *, const struct uuid *, int64_t, int64_t *) = {
		login_delete_some, session_delete_some, challenge_delete_some};
	struct erasure *e = arg;
	int64_t removed;

	TRY(still_due(cx, e, clock_now()));
	for (size_t i = 0; e->due && i < ARRAY_LEN(some) && e->removed < PIECE; i++) {
		TRY(some[i](cx, &e->user, PIECE - e->removed, &removed));
		e->removed += removed;
	}
	return OK;
}

static enum err
erase_rest(struct ctx *cx, void *arg)
{
	struct erasure *e = arg;
	int64_t now = clock_now();

	TRY(still_due(cx, e, now));
	if (!e->due)
		return OK;
	TRY(erase(cx, &e->user, now));
	return audit_note(cx, "user_erased", &e->user, NULL, now);
}

static enum err
erase_one(struct ctx *cx, const struct uuid *user)
{
	struct erasure e = {.user = *user, .removed = PIECE};

	while (e.removed == PIECE)
		TRY(store_write_apart(cx, erase_some, &e));
	return e.due ? store_write_apart(cx, erase_rest, &e) : OK;
}

enum err
accounts_erase_due(struct ctx *cx)
{
	int64_t now = clock_now();
	struct batch b = {.n = BATCH};

	for (int i = 0; i < BATCHES_MOST && b.n == BATCH; i++) {
		b.n = 0;
		TRY(user_due_for_erasure(cx, now - cx->config->account_erase_after, now, BATCH,
					 collect, &b));
		for (size_t n = 0; n < b.n; n++)
			TRY(erase_one(cx, &b.v[n]));
	}
	return OK;
}
