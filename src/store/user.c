/* Accounts: rows of the table users. Uniqueness is the database's to decide, so that two sign-ups
 * at one moment can't both win. */
#include "store/user.h"

#include "store/rows.h"

void
user_read(struct ctx *cx, const struct row *r, int first, struct user *u)
{
	*u = (struct user){
		.id = row_id(r, first),
		.email = row_text(cx, r, first + 1),
		.email_key = row_text(cx, r, first + 2),
		.username = row_text(cx, r, first + 3),
		.username_key = row_text(cx, r, first + 4),
		.phone = row_text(cx, r, first + 5),
		.full_name = row_text(cx, r, first + 6),
		.password = row_text(cx, r, first + 7),
		.role = row_text(cx, r, first + 8),
		.kyc_status = row_text(cx, r, first + 9),
		.is_email_verified = row_bool(r, first + 10),
		.is_phone_verified = row_bool(r, first + 11),
		.mfa_enabled = row_bool(r, first + 12),
		.locked_at = row_int(r, first + 13),
		.locked_until = row_int(r, first + 14),
		.lock_reason = row_text(cx, r, first + 15),
		.deleted_at = row_int(r, first + 16),
		.created_at = row_int(r, first + 17),
		.updated_at = row_int(r, first + 18),
		.last_login_at = row_int(r, first + 19),
	};
}

static void
read_one(struct ctx *cx, const struct row *r, void *out)
{
	user_read(cx, r, 0, out);
}

enum err
user_insert(struct ctx *cx, const struct user *u)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_INSERT, &changed, A_ID(&u->id), A_TEXT(u->email), A_TEXT(u->email_key),
		A_TEXT(u->username), A_TEXT(u->username_key), A_TEXT(u->phone),
		A_TEXT(u->full_name), A_TEXT(u->password), A_TEXT(u->role), A_TEXT(u->kyc_status),
		A_INT(u->is_email_verified), A_INT(u->is_phone_verified), A_INT(u->mfa_enabled),
		A_TIME(u->locked_at), A_TIME(u->locked_until), A_TEXT(u->lock_reason),
		A_TIME(u->deleted_at), A_INT(u->created_at), A_INT(u->updated_at),
		A_TIME(u->last_login_at)));
	return changed ? OK : ERR_TAKEN;
}

enum err
user_by_id(struct ctx *cx, const struct uuid *id, struct user *out)
{
	return ONE(cx, Q_USER_BY_ID, read_one, out, A_ID(id));
}

enum err
user_hold(struct ctx *cx, const struct uuid *id, struct user *out)
{
	return ONE(cx, Q_USER_HOLD, read_one, out, A_ID(id));
}

enum err
user_by_email(struct ctx *cx, struct str email_key, struct user *out)
{
	return ONE(cx, Q_USER_BY_EMAIL, read_one, out, A_TEXT(email_key));
}

enum err
user_hold_by_email(struct ctx *cx, struct str email_key, struct user *out)
{
	return ONE(cx, Q_USER_HOLD_BY_EMAIL, read_one, out, A_TEXT(email_key));
}

enum err
user_by_username(struct ctx *cx, struct str username_key, struct user *out)
{
	return ONE(cx, Q_USER_BY_USERNAME, read_one, out, A_TEXT(username_key));
}

enum err
user_by_verified_phone(struct ctx *cx, struct str phone, struct user *out)
{
	return ONE(cx, Q_USER_BY_VERIFIED_PHONE, read_one, out, A_TEXT(phone));
}

enum err
user_hold_by_verified_phone(struct ctx *cx, struct str phone, struct user *out)
{
	return ONE(cx, Q_USER_HOLD_BY_VERIFIED_PHONE, read_one, out, A_TEXT(phone));
}

enum err
user_set_profile(struct ctx *cx, const struct user *u)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_PROFILE, &changed, A_ID(&u->id), A_TEXT(u->username),
		A_TEXT(u->username_key), A_TEXT(u->full_name), A_TEXT(u->phone),
		A_INT(u->is_phone_verified), A_INT(u->updated_at)));
	return changed_one(changed);
}

enum err
user_set_password(struct ctx *cx, const struct uuid *id, struct str was, struct str phc,
		  int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_PASSWORD, &changed, A_ID(id), A_TEXT(was), A_TEXT(phc), A_INT(now)));
	return changed_one(changed);
}

enum err
user_set_email_verified(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_EMAIL_VERIFIED, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
user_set_last_login(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_LAST_LOGIN, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

enum err
user_set_email(struct ctx *cx, const struct uuid *id, struct str email, struct str email_key,
	       int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_EMAIL, &changed, A_ID(id), A_TEXT(email), A_TEXT(email_key),
		A_INT(now)));
	return changed_one(changed);
}

enum err
user_set_deleted(struct ctx *cx, const struct uuid *id, int64_t at, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_DELETED, &changed, A_ID(id), A_TIME(at), A_INT(now)));
	return changed_one(changed);
}

enum err
user_void_password(struct ctx *cx, const struct uuid *id, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_VOID_PASSWORD, &changed, A_ID(id), A_INT(now)));
	return changed_one(changed);
}

struct id_listing {
	user_id_fn each;
	void *arg;
};

static void
read_id(struct ctx *cx, const struct row *r, void *out)
{
	const struct id_listing *l = out;
	struct uuid id = row_id(r, 0);

	l->each(cx, &id, l->arg);
}

enum err
user_due_for_erasure(struct ctx *cx, int64_t before, int64_t now, int64_t limit, user_id_fn each,
		     void *arg)
{
	struct id_listing l = {each, arg};

	return ALL(cx, Q_USER_DUE_FOR_ERASURE, read_id, &l, A_INT(before), A_INT(now),
		   A_INT(limit));
}

enum err
user_set_lock(struct ctx *cx, const struct uuid *id, int64_t at, int64_t until, struct str reason,
	      int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_LOCK, &changed, A_ID(id), A_TIME(at), A_TIME(until), A_TEXT(reason),
		A_INT(now)));
	return changed_one(changed);
}

enum err
user_set_role(struct ctx *cx, const struct uuid *id, struct str role, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_SET_ROLE, &changed, A_ID(id), A_TEXT(role), A_INT(now)));
	return changed_one(changed);
}

enum err
user_another_admin(struct ctx *cx, const struct uuid *id, int64_t now, bool *there)
{
	*there = false;
	return err_map(ONE(cx, Q_USER_ANOTHER_ADMIN, read_there, there, A_ID(id), A_INT(now)),
		       ERR_NOT_FOUND, OK);
}

struct listing {
	user_fn each;
	void *arg;
};

static void
read_listed(struct ctx *cx, const struct row *r, void *out)
{
	struct listing *l = out;
	struct user u;

	user_read(cx, r, 0, &u);
	l->each(cx, &u, l->arg);
}

enum err
user_list(struct ctx *cx, const struct uuid *after, int64_t limit, user_fn each, void *arg)
{
	const struct uuid start = {{0}};
	struct listing l = {each, arg};
	struct str from = {(const char *)(after ? after : &start)->b, sizeof(start.b)};

	return ALL(cx, Q_USER_LIST, read_listed, &l, A_BLOB(from), A_INT(limit));
}

enum err
user_reset(struct ctx *cx, const struct uuid *id, struct str full_name, struct str password,
	   struct str role, int64_t now)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_RESET, &changed, A_ID(id), A_TEXT(full_name), A_TEXT(password),
		A_TEXT(role), A_INT(now)));
	return changed_one(changed);
}

enum err
user_delete(struct ctx *cx, const struct uuid *id)
{
	int64_t changed;

	TRY(RUN(cx, Q_USER_DELETE, &changed, A_ID(id)));
	return changed_one(changed);
}
