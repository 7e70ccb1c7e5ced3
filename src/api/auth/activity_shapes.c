/* One table a body; the members and their order are those of 4-surface-auth.md. */
#include "api/auth/activity_shapes.h"

#include "domain/activity.h"
#include "domain/device_fingerprint.h"
#include "domain/devices.h"

static const struct field page_query[] = {
	{"limit", FIELD_LIMIT, 0, AT(struct page_in, limit)},
	{"cursor", FIELD_TOKEN, 0, AT(struct page_in, cursor)},
};
const struct shape auth_page_query = SHAPE("AuthPageQuery", struct page_in, page_query);

static const struct field token_id[] = {
	{"token_id", FIELD_ID, FIELD_PATH, AT(struct id_in, id)},
};
const struct shape auth_token_id = SHAPE("AuthTokenId", struct id_in, token_id);

static const struct field device_id[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct id_in, id)},
};
const struct shape auth_device_id = SHAPE("AuthDeviceId", struct id_in, device_id);

static const struct field rename_in[] = {
	{"id", FIELD_ID, FIELD_PATH, AT(struct device_rename_in, id)},
	{"name", FIELD_DEVICE_NAME, FIELD_REQUIRED, AT(struct device_rename_in, name)},
};
const struct shape auth_device_rename =
	SHAPE("AuthDeviceRename", struct device_rename_in, rename_in);

static const struct field fingerprint_in[] = {
	{"device_id", FIELD_DEVICE_ID, FIELD_REQUIRED, AT(struct fingerprint_in, device_id)},
	{"fingerprint", FIELD_ATTRIBUTES, FIELD_REQUIRED, AT(struct fingerprint_in, attributes)},
	{"action", FIELD_CODE, FIELD_NULLABLE, AT(struct fingerprint_in, action)},
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct fingerprint_in, password)},
};
const struct shape auth_fingerprint_in =
	SHAPE("AuthFingerprint", struct fingerprint_in, fingerprint_in);

static const struct field login_item[] = {
	{"at", FIELD_TIME, 0, AT(struct login_record, at)},
	{"outcome", FIELD_TEXT, 0, AT(struct login_record, outcome)},
	{"method", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, method)},
	{"ip", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, ip)},
	{"country", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, country)},
	{"city", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, city)},
	{"device_id", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, device_id)},
	{"user_agent", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, user_agent)},
	{"alert", FIELD_TEXT, FIELD_NULLABLE, AT(struct login_record, alert)},
};
static const struct shape login_shape = SHAPE("AuthLoginRecord", struct login_record, login_item);

LIST_SHAPE(auth_logins, "AuthLogins", struct record_list, &login_shape);

static const struct field session_item[] = {
	{"token_id", FIELD_UUID, 0, AT(struct session_item, token_id)},
	{"device_id", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, device_id)},
	{"device_name", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, device_name)},
	{"ip", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, ip)},
	{"country", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, country)},
	{"user_agent", FIELD_TEXT, FIELD_NULLABLE, AT(struct session_item, user_agent)},
	{"created_at", FIELD_TIME, 0, AT(struct session_item, created_at)},
	{"last_used_at", FIELD_TIME, 0, AT(struct session_item, last_used_at)},
	{"expires_at", FIELD_TIME, 0, AT(struct session_item, expires_at)},
	{"current", FIELD_BOOLEAN, 0, AT(struct session_item, current)},
};
static const struct shape session_shape = SHAPE("AuthSession", struct session_item, session_item);

LIST_SHAPE(auth_sessions, "AuthSessions", struct session_list, &session_shape);

static const struct field device_item[] = {
	{"id", FIELD_UUID, 0, AT(struct device_item, id)},
	{"device_id", FIELD_TEXT, 0, AT(struct device_item, device_id)},
	{"name", FIELD_TEXT, FIELD_NULLABLE, AT(struct device_item, name)},
	{"first_seen_at", FIELD_TIME, 0, AT(struct device_item, first_seen_at)},
	{"last_seen_at", FIELD_TIME, 0, AT(struct device_item, last_seen_at)},
	{"sessions", FIELD_LIST, 0, AT(struct device_item, sessions), .shape = &session_shape},
};
static const struct shape device_shape = SHAPE("AuthDevice", struct device_item, device_item);

LIST_SHAPE(auth_devices, "AuthDevices", struct device_list, &device_shape);

MESSAGE_SHAPE(auth_device_renamed, "AuthDeviceRenamed", struct nothing,
	      "The device has its new name.");

static const struct field fingerprint_saved[] = {
	{"saved", FIELD_BOOLEAN, 0, AT(struct fingerprint_out, saved)},
};
const struct shape auth_fingerprint_saved =
	SHAPE("AuthFingerprintSaved", struct fingerprint_out, fingerprint_saved);

static const struct field fingerprint_compared[] = {
	{"match", FIELD_BOOLEAN, 0, AT(struct fingerprint_out, match)},
	{"similarity", FIELD_NUMBER, 0, AT(struct fingerprint_out, similarity)},
	{"changed", FIELD_TEXTS, 0, AT(struct fingerprint_out, changed)},
};
const struct shape auth_fingerprint_compared =
	SHAPE("AuthFingerprintCompared", struct fingerprint_out, fingerprint_compared);
