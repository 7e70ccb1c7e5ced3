/* One table a body. What administrators see of an account is what its owner sees, and its lock. */
#include "api/admin/admin_shapes.h"

#include "base/clock.h"
#include "domain/activity.h"
#include "domain/admin_users.h"
#include "domain/device_blocks.h"
#include "domain/standing.h"

static const struct field assign_role_in[] = {
	{"user_id", FIELD_ID, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct assign_role_in, user)},
	{"email", FIELD_EMAIL, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct assign_role_in, email)},
	{"role", FIELD_ROLE, FIELD_REQUIRED, AT(struct assign_role_in, role)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct assign_role_in, reason)},
};
const struct shape admin_assign_role_in =
	SHAPE("AdminAssignRole", struct assign_role_in, assign_role_in);

static const struct field user_id[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct id_in, id)},
};
const struct shape admin_user_id = SHAPE("AdminUserId", struct id_in, user_id);

static const struct field lock_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct admin_lock_in, user)},
	{"reason", FIELD_TEXT, FIELD_REQUIRED, AT(struct admin_lock_in, reason)},
	{"until", FIELD_TIME, FIELD_NULLABLE, AT(struct admin_lock_in, until)},
};
const struct shape admin_lock_shape = SHAPE("AdminLock", struct admin_lock_in, lock_in);

static const struct field unlock_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct admin_unlock_in, user)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct admin_unlock_in, reason)},
};
const struct shape admin_unlock_shape = SHAPE("AdminUnlock", struct admin_unlock_in, unlock_in);

static const struct field act_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct admin_act_in, user)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct admin_act_in, reason)},
};
const struct shape admin_act_shape = SHAPE("AdminAct", struct admin_act_in, act_in);

static const struct field block_in[] = {
	{"device_id", FIELD_DEVICE_ID, FIELD_REQUIRED, AT(struct device_block_in, device_id)},
	{"user_id", FIELD_ID, FIELD_NULLABLE, AT(struct device_block_in, user)},
	{"reason", FIELD_TEXT, FIELD_REQUIRED, AT(struct device_block_in, reason)},
};
const struct shape admin_block_in = SHAPE("AdminBlock", struct device_block_in, block_in);

static const struct field unblock_in[] = {
	{"device_id", FIELD_DEVICE_ID, FIELD_REQUIRED, AT(struct device_block_in, device_id)},
	{"user_id", FIELD_ID, FIELD_NULLABLE, AT(struct device_block_in, user)},
	{"reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct device_block_in, reason)},
};
const struct shape admin_unblock_in = SHAPE("AdminUnblock", struct device_block_in, unblock_in);

#define PAGE_FIELDS(type, path)                                                                    \
	{"limit", FIELD_LIMIT, 0, AT(type, path limit)},                                           \
	{                                                                                          \
		"cursor", FIELD_TOKEN, 0, AT(type, path cursor)                                    \
	}

static const struct field page_query[] = {PAGE_FIELDS(struct page_in, )};
const struct shape admin_page_query = SHAPE("AdminPageQuery", struct page_in, page_query);

static const struct field users_query[] = {
	{"q", FIELD_IDENTIFIER, 0, AT(struct user_search, q)},
	{"role", FIELD_ROLE, 0, AT(struct user_search, role)},
	{"status", FIELD_CODE, 0, AT(struct user_search, status)},
	PAGE_FIELDS(struct user_search, page.),
};
const struct shape admin_users_query = SHAPE("AdminUsersQuery", struct user_search, users_query);

static const struct field logins_query[] = {
	{"user", FIELD_ID, 0, AT(struct login_search, user)},
	{"ip", FIELD_CODE, 0, AT(struct login_search, ip)},
	{"outcome", FIELD_CODE, 0, AT(struct login_search, outcome)},
	PAGE_FIELDS(struct login_search, page.),
};
const struct shape admin_logins_query =
	SHAPE("AdminLoginsQuery", struct login_search, logins_query);

static const struct field audit_query[] = {
	{"subject", FIELD_ID, 0, AT(struct audit_search, subject)},
	{"actor", FIELD_ID, 0, AT(struct audit_search, actor)},
	{"action", FIELD_CODE, 0, AT(struct audit_search, action)},
	PAGE_FIELDS(struct audit_search, page.),
};
const struct shape admin_audit_query = SHAPE("AdminAuditQuery", struct audit_search, audit_query);

/* As of now: a lock may have ended by itself. */
static struct str
status_of(const void *whole)
{
	return standing_text(whole, clock_now());
}

static const struct field user_out[] = {
	{"id", FIELD_UUID, 0, AT(struct user, id)},
	{"username", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, username)},
	{"email", FIELD_TEXT, 0, AT(struct user, email)},
	{"phone", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, phone)},
	{"full_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, full_name)},
	{"role", FIELD_TEXT, 0, AT(struct user, role)},
	{"is_email_verified", FIELD_BOOLEAN, 0, AT(struct user, is_email_verified)},
	{"is_phone_verified", FIELD_BOOLEAN, 0, AT(struct user, is_phone_verified)},
	{"kyc_status", FIELD_TEXT, 0, AT(struct user, kyc_status)},
	{"created_at", FIELD_TIME, 0, AT(struct user, created_at)},
	{"updated_at", FIELD_TIME, 0, AT(struct user, updated_at)},
	{"status", FIELD_DERIVED, 0, .derive = status_of},
	{"mfa_enabled", FIELD_BOOLEAN, 0, AT(struct user, mfa_enabled)},
	{"last_login_at", FIELD_TIME, FIELD_NULLABLE, AT(struct user, last_login_at)},
	{"locked_at", FIELD_TIME, FIELD_NULLABLE, AT(struct user, locked_at)},
	{"locked_until", FIELD_TIME, FIELD_NULLABLE, AT(struct user, locked_until)},
	{"lock_reason", FIELD_TEXT, FIELD_NULLABLE, AT(struct user, lock_reason)},
	{"deleted_at", FIELD_TIME, FIELD_NULLABLE, AT(struct user, deleted_at)},
};
const struct shape admin_user_out = SHAPE("AdminUser", struct user, user_out);

static const struct field assigned[] = {
	{"user", FIELD_OBJECT, 0, AT(struct assign_role_out, user), .shape = &admin_user_out},
};
const struct shape admin_assigned = SHAPE("AdminAssigned", struct assign_role_out, assigned);

LIST_SHAPE(admin_users_out, "AdminUsers", struct user_page, &admin_user_out);

static const struct field block[] = {
	{"device_id", FIELD_TEXT, 0, AT(struct device_block, device_id)},
	{"user_id", FIELD_UUID, FIELD_NULLABLE, AT(struct device_block, user_id)},
	{"reason", FIELD_TEXT, 0, AT(struct device_block, reason)},
	{"blocked_by", FIELD_UUID, FIELD_NULLABLE, AT(struct device_block, actor_id)},
	{"blocked_at", FIELD_TIME, 0, AT(struct device_block, created_at)},
};
static const struct shape block_shape = SHAPE("AdminBlockedDevice", struct device_block, block);
LIST_SHAPE(admin_blocks_out, "AdminBlockedDevices", struct device_block_list, &block_shape);

static const struct field login_item[] = {
	{"at", FIELD_TIME, 0, AT(struct login_record, at)},
	{"user_id", FIELD_UUID, FIELD_NULLABLE, AT(struct login_record, user_id)},
	{"identifier", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, identifier)},
	{"outcome", FIELD_TEXT, 0, AT(struct login_record, outcome)},
	{"method", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, method)},
	{"ip", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, ip)},
	{"country", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, country)},
	{"city", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, city)},
	{"device_id", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, device_id)},
	{"user_agent", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, user_agent)},
	{"session_id", FIELD_UUID, FIELD_NULLABLE, AT(struct login_record, session_id)},
	{"alert", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, alert)},
};
static const struct shape login_shape = SHAPE("AdminLoginRecord", struct login_record, login_item);
LIST_SHAPE(admin_logins_out, "AdminLogins", struct record_list, &login_shape);

static const struct field audit_item[] = {
	{"id", FIELD_UUID, 0, AT(struct audit_event, id)},
	{"at", FIELD_TIME, 0, AT(struct audit_event, at)},
	{"action", FIELD_TEXT, 0, AT(struct audit_event, action)},
	{"actor_id", FIELD_UUID, FIELD_NULLABLE, AT(struct audit_event, actor_id)},
	{"subject_id", FIELD_UUID, FIELD_NULLABLE, AT(struct audit_event, subject_id)},
	{"ip", FIELD_TEXT, FIELD_NULLABLE, AT(struct audit_event, ip)},
	{"request_id", FIELD_TEXT, FIELD_NULLABLE, AT(struct audit_event, request_id)},
	{"detail", FIELD_JSON, FIELD_NULLABLE, AT(struct audit_event, detail)},
};
static const struct shape audit_shape = SHAPE("AdminAuditEvent", struct audit_event, audit_item);
LIST_SHAPE(admin_audit_out, "AdminAuditEvents", struct record_list, &audit_shape);

MESSAGE_SHAPE(admin_locked, "AdminLocked", struct user, "The account is locked.");
MESSAGE_SHAPE(admin_unlocked, "AdminUnlocked", struct user, "The account is not locked.");
MESSAGE_SHAPE(admin_mfa_gone, "AdminMfaReset", struct nothing, "The account has no second factor.");
MESSAGE_SHAPE(admin_logged_out, "AdminLoggedOut", struct nothing,
	      "All sessions of the account ended.");
MESSAGE_SHAPE(admin_blocked, "AdminBlocked", struct nothing, "The device is blocked.");
MESSAGE_SHAPE(admin_unblocked, "AdminUnblocked", struct nothing, "The device is not blocked.");
