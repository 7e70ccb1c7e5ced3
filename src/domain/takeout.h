/* All that is kept about the caller, for the caller. */
#ifndef DOMAIN_TAKEOUT_H
#define DOMAIN_TAKEOUT_H

#include "base/list.h"
#include "store/user.h"

struct takeout_in {
	struct secret password;
};

struct takeout_session {
	struct uuid id;
	struct str device_id, user_agent, ip, country, amr;
	int64_t created_at, last_used_at, expires_at, ended_at;
};
struct takeout_device {
	struct str device_id, name;
	int64_t first_seen_at, last_seen_at;
};
struct takeout_login {
	int64_t at;
	struct str identifier, outcome, method, ip, country, city, device_id, user_agent;
};
struct takeout_event {
	int64_t at;
	struct str action, ip, detail; /* detail: JSON text */
};
struct takeout_factor {
	struct str method;
	int64_t created_at, enabled_at;
};

struct takeout {
	int64_t made_at;
	struct user user;
	struct list sessions, devices, second_factors, logins, events;
	struct list kyc_applications; /* struct kyc_application, document_number in plain */
	struct list kyc_papers;       /* struct kyc_document; the bytes: kyc_paper_load */
	struct export_place *place;
};
/* ERR_INVALID, ERR_REAUTHENTICATION, and those of export_begin. After OK the place is the caller's
 * to give back, once nothing of the export is kept any more. */
MUST_CHECK enum err
account_takeout(struct ctx *cx, const struct takeout_in *in, struct takeout *out);

#endif
