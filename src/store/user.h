/* Accounts. All functions: ERR_NOT_FOUND for no such row, ERR_UNAVAILABLE when the store fails;
 * text lives in cx's arena. */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "base/ctx.h"
#include "base/uuid.h"

struct user {
	struct uuid id;
	struct str email;        /* as typed */
	struct str email_key;    /* ASCII lower case, unique */
	struct str username;     /* absent: none */
	struct str username_key; /* ASCII lower case, unique */
	struct str phone;        /* E.164; unique among verified ones */
	struct str full_name;
	struct str password;   /* PHC string; absent: void */
	struct str role;       /* upper case */
	struct str kyc_status; /* "none" … */
	bool is_email_verified, is_phone_verified, mfa_enabled;
	int64_t locked_at;    /* 0: not locked */
	int64_t locked_until; /* 0: until unlocked */
	struct str lock_reason;
	int64_t deleted_at;                            /* when deletion was asked for; 0: not */
	int64_t created_at, updated_at, last_login_at; /* last_login_at 0: never */
};

/* Keys, id and times are the caller's. ERR_TAKEN when e-mail or username stand already (nothing is
 * written). */
MUST_CHECK enum err user_insert(struct ctx *cx, const struct user *u);
MUST_CHECK enum err user_by_id(struct ctx *cx, const struct uuid *id, struct user *out);
/*
 * The same inside a store_write, and no other transaction that holds it comes further before this
 * one ends. Who writes what belongs to an account (sessions, challenges, factors, counts) and the
 * account itself holds it first, so that no two wait for each other.
 */
MUST_CHECK enum err user_hold(struct ctx *cx, const struct uuid *id, struct user *out);
MUST_CHECK enum err user_hold_by_email(struct ctx *cx, struct str email_key, struct user *out);
MUST_CHECK enum err user_hold_by_verified_phone(struct ctx *cx, struct str phone, struct user *out);
MUST_CHECK enum err user_by_email(struct ctx *cx, struct str email_key, struct user *out);
MUST_CHECK enum err user_by_username(struct ctx *cx, struct str username_key, struct user *out);
MUST_CHECK enum err user_by_verified_phone(struct ctx *cx, struct str phone, struct user *out);
/* username, username_key, full_name, phone, is_phone_verified, updated_at of u. ERR_TAKEN for the
 * username. */
MUST_CHECK enum err user_set_profile(struct ctx *cx, const struct user *u);
/* Only when the stored hash is still `was` (absent: whatever it is); ERR_NOT_FOUND otherwise. */
MUST_CHECK enum err user_set_password(struct ctx *cx, const struct uuid *id, struct str was,
				      struct str phc, int64_t now);
MUST_CHECK enum err user_set_email_verified(struct ctx *cx, const struct uuid *id, int64_t now);
MUST_CHECK enum err user_set_last_login(struct ctx *cx, const struct uuid *id, int64_t now);

/* What a proven holder starts from: the names, phone, role and proofs of before are gone. password
 * absent: void. */
MUST_CHECK enum err user_reset(struct ctx *cx, const struct uuid *id, struct str full_name,
			       struct str password, struct str role, int64_t now);
/* The row and all that refers to it. */
MUST_CHECK enum err user_delete(struct ctx *cx, const struct uuid *id);

/* A proven one. ERR_TAKEN. */
MUST_CHECK enum err user_set_email(struct ctx *cx, const struct uuid *id, struct str email,
				   struct str email_key, int64_t now);
/* at 0: it is taken back. */
MUST_CHECK enum err
user_set_deleted(struct ctx *cx, const struct uuid *id, int64_t at, int64_t now);
MUST_CHECK enum err user_void_password(struct ctx *cx, const struct uuid *id, int64_t now);
typedef void (*user_id_fn)(struct ctx *cx, const struct uuid *id, void *arg);
/* Whose deletion was asked for at `before` or earlier, and who has no living undo link. */
MUST_CHECK enum err user_due_for_erasure(struct ctx *cx, int64_t before, int64_t now, int64_t limit,
					 user_id_fn each, void *arg);

/* at 0: unlocks. until 0: until unlocked. */
MUST_CHECK enum err user_set_lock(struct ctx *cx, const struct uuid *id, int64_t at, int64_t until,
				  struct str reason, int64_t now);
MUST_CHECK enum err
user_set_role(struct ctx *cx, const struct uuid *id, struct str role, int64_t now);
/* Whether an account other than id has the role ADMIN and is neither locked nor deleted. */
MUST_CHECK enum err
user_another_admin(struct ctx *cx, const struct uuid *id, int64_t now, bool *there);

typedef void (*user_fn)(struct ctx *cx, const struct user *u, void *arg);
/* Ordered by id, after `after` (NULL: from the start), at most limit. */
MUST_CHECK enum err
user_list(struct ctx *cx, const struct uuid *after, int64_t limit, user_fn each, void *arg);

#endif
