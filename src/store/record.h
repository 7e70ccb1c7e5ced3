/* What is written down and never changed: login records and audit events. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "base/ctx.h"
#include "base/uuid.h"

struct login_record {
	struct uuid id;
	int64_t at;
	struct uuid user_id;   /* all zero: unknown identifier */
	struct str identifier; /* as typed, cut to 254 bytes */
	struct str outcome;    /* "success" or an error code */
	struct str method;     /* "password", "otp", … */
	struct str ip, country, city, device_id, user_agent;
	struct uuid session_id; /* of a success */
	struct str alert;       /* "new_country", "impossible_travel"; absent: nothing strange */
	bool placed;
	int64_t latitude, longitude; /* millionths of a degree, when placed; not read back here */
};
MUST_CHECK enum err login_insert(struct ctx *cx, const struct login_record *l);

struct login_filter {
	struct uuid user_id; /* all zero: any */
	struct str ip, outcome;
};
typedef void (*login_fn)(struct ctx *cx, const struct login_record *l, void *arg);
/* Newest first, those before `before` (NULL: from the newest), at most limit. */
MUST_CHECK enum err login_list(struct ctx *cx, const struct login_filter *f,
			       const struct uuid *before, int64_t limit, login_fn each, void *arg);

/* Whether the user ever signed in from the country; country absent: from any known one. */
MUST_CHECK enum err
login_country_known(struct ctx *cx, const struct uuid *user, struct str country, bool *known);
struct login_place {
	int64_t at, latitude, longitude;
};
/* Of the last sign-in whose place is known; ERR_NOT_FOUND. */
MUST_CHECK enum err
login_last_place(struct ctx *cx, const struct uuid *user, struct login_place *out);
/* Whether this alert was raised for the user and address by a record whose id is at or behind
 * `since`. */
MUST_CHECK enum err login_alerted_since(struct ctx *cx, const struct uuid *user,
					const struct uuid *since, struct str ip, struct str alert,
					bool *there);

/* Takes away those written before `before`, at most limit. */
MUST_CHECK enum err login_sweep(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);
/* Of one account's rows at most limit; *removed says how many. */
MUST_CHECK enum err
login_delete_some(struct ctx *cx, const struct uuid *user, int64_t limit, int64_t *removed);

/* The history of an account that passes to who proved its address. */
MUST_CHECK enum err login_delete_all(struct ctx *cx, const struct uuid *user);

struct audit_event {
	struct uuid id;
	int64_t at;
	struct uuid actor_id;   /* all zero: nobody signed in, or the command line */
	struct uuid subject_id; /* user it is about */
	struct str action;      /* "refresh_reused", "user_created", … */
	struct str ip, request_id;
	struct str detail; /* JSON object without secrets; absent: none */
	int64_t seq;       /* its number in the chain, from 1; 0: written before there was one */
	struct str mac;    /* 32 bytes, over the event and the mac before it */
};
MUST_CHECK enum err audit_insert(struct ctx *cx, const struct audit_event *e);

struct audit_filter {
	struct uuid subject_id, actor_id; /* all zero: any */
	struct str action;
};
typedef void (*audit_fn)(struct ctx *cx, const struct audit_event *e, void *arg);
MUST_CHECK enum err audit_list(struct ctx *cx, const struct audit_filter *f,
			       const struct uuid *before, int64_t limit, audit_fn each, void *arg);
/* By their numbers, those behind `after`. */
MUST_CHECK enum err
audit_chain(struct ctx *cx, int64_t after, int64_t limit, audit_fn each, void *arg);
/* The one with the highest number; ERR_NOT_FOUND. */
MUST_CHECK enum err audit_last(struct ctx *cx, struct audit_event *out);
/* One without a number; ERR_NOT_FOUND when all have one. */
MUST_CHECK enum err audit_unchained(struct ctx *cx, struct audit_event *out);
MUST_CHECK enum err audit_unchained_count(struct ctx *cx, int64_t *count);
/* Takes away all up to this number. */
MUST_CHECK enum err audit_delete_chained(struct ctx *cx, int64_t upto);
MUST_CHECK enum err
audit_sweep_unchained(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

#endif
