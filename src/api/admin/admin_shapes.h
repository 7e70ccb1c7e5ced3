/* What the bodies of surface admin look like. */
#ifndef API_ADMIN_ADMIN_SHAPES_H
#define API_ADMIN_ADMIN_SHAPES_H

#include "api/shape.h"

extern const struct shape admin_assign_role_in, admin_user_id, admin_lock_shape, admin_unlock_shape,
	admin_act_shape, admin_block_in, admin_unblock_in, admin_page_query, admin_users_query,
	admin_logins_query, admin_audit_query;
extern const struct shape admin_user_out, admin_assigned, admin_users_out, admin_blocks_out,
	admin_logins_out, admin_audit_out, admin_locked, admin_unlocked, admin_mfa_gone,
	admin_logged_out, admin_blocked, admin_unblocked;

#endif
