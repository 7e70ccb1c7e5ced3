/* The rows of surface auth about what the account's owner did and where. The numbers are the
 * seed's.
 */
#include "api/auth/activity_routes.h"

#include "api/auth/activity_shapes.h"
#include "domain/activity.h"
#include "domain/device_fingerprint.h"
#include "domain/devices.h"

OP(op_logins, logins_own, struct page_in, struct record_list)
OP(op_sessions, sessions_list, struct nothing, struct session_list)
OP(op_end, session_end, struct id_in, struct nothing)
OP(op_devices, devices_list, struct nothing, struct device_list)
OP(op_rename, device_set_name, struct device_rename_in, struct nothing)
OP(op_forget, device_forget, struct id_in, struct nothing)
OP(op_fingerprint, fingerprint, struct fingerprint_in, struct fingerprint_out)

static int
choose_fingerprint(const void *out)
{
	const struct fingerprint_out *f = out;

	return f->compared ? 1 : 0;
}

#define END_ROW(path_, name)                                                                       \
	{                                                                                          \
		.method = METHOD_DELETE, .path = (path_), .access = ACCESS_BEARER,                 \
		.limit = THROTTLE_DEFAULT, .in = &auth_token_id, .op = op_end,                     \
		.out_size = sizeof(struct nothing), .answers = {{204, NULL}},                      \
		.errors = {ERR_NOT_FOUND}, .operation = (name), .file = "domain/devices.c",        \
		.summary = "End one session"                                                       \
	}

static const struct route routes[] = {
	/* 14 */
	{.method = METHOD_GET,
	 .path = "/auth/logins",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_QUERY,
	 .in = &auth_page_query,
	 .op = op_logins,
	 .out_size = sizeof(struct record_list),
	 .answers = {{200, &auth_logins}},
	 .errors = {ERR_INVALID},
	 .operation = "logins",
	 .file = "domain/activity.c",
	 .summary = "The account's sign-ins, good and bad, newest first"},
	/* 15 */
	{.method = METHOD_GET,
	 .path = "/auth/tokens",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_sessions,
	 .out_size = sizeof(struct session_list),
	 .answers = {{200, &auth_sessions}},
	 .operation = "sessions",
	 .file = "domain/devices.c",
	 .summary = "The live sessions of the account"},
	/* 16 */
	END_ROW("/auth/token/{token_id}", "session_end"),
	END_ROW("/auth/tokens/{token_id}", "session_end_plural"),
	{.method = METHOD_GET,
	 .path = "/auth/devices",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .op = op_devices,
	 .out_size = sizeof(struct device_list),
	 .answers = {{200, &auth_devices}},
	 .operation = "devices",
	 .file = "domain/devices.c",
	 .summary = "The devices of the account, with their live sessions"},
	{.method = METHOD_PATCH,
	 .path = "/auth/devices/{id}",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &auth_device_rename,
	 .op = op_rename,
	 .out_size = sizeof(struct nothing),
	 .answers = {{200, &auth_device_renamed}},
	 .errors = {ERR_INVALID, ERR_NOT_FOUND},
	 .operation = "device_rename",
	 .file = "domain/devices.c",
	 .summary = "Call a device something else"},
	{.method = METHOD_DELETE,
	 .path = "/auth/devices/{id}",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &auth_device_id,
	 .op = op_forget,
	 .out_size = sizeof(struct nothing),
	 .answers = {{204, NULL}},
	 .errors = {ERR_NOT_FOUND},
	 .operation = "device_forget",
	 .file = "domain/devices.c",
	 .summary = "Forget a device; its sessions end"},
	{.method = METHOD_POST,
	 .path = "/auth/fingerprint",
	 .access = ACCESS_BEARER,
	 .limit = THROTTLE_DEFAULT,
	 .in = &auth_fingerprint_in,
	 .op = op_fingerprint,
	 .out_size = sizeof(struct fingerprint_out),
	 .answers = {{200, &auth_fingerprint_saved}, {200, &auth_fingerprint_compared}},
	 .choose = choose_fingerprint,
	 .errors = {ERR_INVALID, ERR_NOT_FOUND, ERR_REAUTHENTICATION, ERR_CONFLICT},
	 .operation = "fingerprint",
	 .file = "domain/device_fingerprint.c",
	 .summary = "Save what the device looks like, or compare it with what was saved"},
};

const struct surface activity_surface = {
	.name = "auth",
	.title = "Surface auth: activity",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
