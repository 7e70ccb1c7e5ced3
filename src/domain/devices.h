/* The live sessions and the devices of the caller: seen, ended, forgotten. */
#ifndef DOMAIN_DEVICES_H
#define DOMAIN_DEVICES_H

#include "base/list.h"
#include "domain/verify.h"
#include "store/session.h"

struct session_item {
	struct uuid token_id; /* the session's id, as the seeds call it */
	struct str device_id, device_name, ip, country, user_agent;
	int64_t created_at, last_used_at, expires_at;
	bool current;
};

struct session_list {
	struct list items;      /* struct session_item, newest first */
	struct str next_cursor; /* always absent: a user's live sessions are one page */
};
MUST_CHECK enum err
sessions_list(struct ctx *cx, const struct nothing *in, struct session_list *out);

struct id_in {
	struct uuid id;
};
/* ERR_NOT_FOUND for an unknown id and for another user's. */
MUST_CHECK enum err session_end(struct ctx *cx, const struct id_in *in, struct nothing *out);

struct device_item {
	struct uuid id;
	struct str device_id, name;
	int64_t first_seen_at, last_seen_at;
	struct list sessions; /* struct session_item: the live ones */
};

struct device_list {
	struct list items; /* struct device_item, newest first */
	struct str next_cursor;
};
MUST_CHECK enum err devices_list(struct ctx *cx, const struct nothing *in, struct device_list *out);

struct device_rename_in {
	struct uuid id;
	struct str name;
};
MUST_CHECK enum err
device_set_name(struct ctx *cx, const struct device_rename_in *in, struct nothing *out);
/* Its sessions end. */
MUST_CHECK enum err device_forget(struct ctx *cx, const struct id_in *in, struct nothing *out);

#endif
