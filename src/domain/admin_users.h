/* Accounts as those see them who run the place. */
#ifndef DOMAIN_ADMIN_USERS_H
#define DOMAIN_ADMIN_USERS_H

#include "base/list.h"
#include "domain/admin.h"
#include "domain/cursor.h"
#include "domain/devices.h"

struct user_search {
	struct page_in page;
	struct str q;            /* what e-mail, username or name begins with; absent: any */
	struct str role, status; /* absent: any */
};
struct user_page {
	struct list items; /* struct user, newest first */
	struct str next_cursor;
};
/* ERR_INVALID for a role or status that there is not. */
MUST_CHECK enum err
admin_users(struct ctx *cx, const struct user_search *in, struct user_page *out);
MUST_CHECK enum err admin_user(struct ctx *cx, const struct id_in *in, struct user *out);

struct assign_role_in {
	struct uuid user; /* this … */
	struct str email; /* … or this */
	struct str role, reason;
};
struct assign_role_out {
	struct user user;
};
MUST_CHECK enum err
admin_assign_role(struct ctx *cx, const struct assign_role_in *in, struct assign_role_out *out);

#endif
