/* Few and plain: each row answers by itself, but those of the gate. */
#include "api/special/system_routes.h"

#include "api/openapi.h"
#include "api/problem.h"
#include "api/special/docs_page.h"
#include "api/special/link_pages.h"
#include "api/special/metrics_page.h"
#include "api/special/page.h"
#include "base/clock.h"
#include "base/config.h"
#include "crypto/keyring.h"
#include "domain/gate.h"
#include "store/store.h"

static const struct field status_out[] = {
	{"status", FIELD_LITERAL, 0, .literal = "ok"},
};
static const struct shape status_shape = SHAPE("Status", char, status_out);

static const struct field gate_query_fields[] = {
	{"require", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct gate_in, require)},
};
static const struct shape gate_query = SHAPE("GateQuery", struct gate_in, gate_query_fields);

/* The rest is told and not bound. */
static const struct field gate_path_fields[] = {
	{"require", FIELD_TEXT, FIELD_PATH, offsetof(struct gate_in, require)},
	{"rest", FIELD_REST, FIELD_PATH},
};
static const struct shape gate_path = SHAPE("GatePath", struct gate_in, gate_path_fields);

static const struct answer_header gate_headers[] = {
	{"X-User-Id", "id of the account", offsetof(struct gate_out, user_id)},
	{"X-User-Role", "its role, in upper case", offsetof(struct gate_out, role)},
	{"X-User-Email", "its e-mail address as typed, verified or not",
	 offsetof(struct gate_out, email)},
	{"X-Kyc-Status", "none, pending, approved, rejected, resubmit or expired",
	 offsetof(struct gate_out, kyc_status)},
	{"X-Session-Id", "id of the session that the token belongs to",
	 offsetof(struct gate_out, session_id)},
	{NULL},
};

OP(op_gate, gate_ask, struct gate_in, struct gate_out)

static void
json_answer(struct http_answer *an, struct str caching)
{
	an->status = 200;
	an->content_type = S("application/json");
	http_answer_header(an, "Cache-Control", caching);
}

static bool
healthz(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct json_out w = json_to(&an->body);

	json_answer(an, S("no-store"));
	shape_render(&status_shape, "", &w);
	return true;
}

static bool
readyz(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	enum err e = store_ping(cx);

	if (e == OK)
		return healthz(cx, rq, an);
	problem_answer(cx, ERR_UNAVAILABLE, NULL, an);
	http_answer_header(an, "Cache-Control", S("no-store"));
	return true;
}

static bool
jwks(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	json_answer(an, S("public, max-age=300"));
	keyring_jwks(cx->keys, clock_now(), &an->body);
	return true;
}

static bool
openapi(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	json_answer(an, S("no-cache"));
	openapi_write(cx->config, &an->body);
	return true;
}

static bool
front(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	page_begin(cx, an, 200, "aldgate");
	page_text(an, "This is an accounts and authentication server. People sign in through the "
		      "apps that use it.");
	page_link(cx, an, "/docs", "Its API, for people");
	page_link(cx, an, "/openapi.json", "The same for programs (OpenAPI)");
	page_link(cx, an, "/.well-known/jwks.json", "The public keys of its tokens (JWKS)");
	page_end(an);
	return true;
}

#define FILE_ "api/special/system_routes.c"
/* A proxy asks for all its clients, so no client address is counted. */
#define GATE                                                                                       \
	.access = ACCESS_BEARER,                                                                   \
	.limit = THROTTLE_NONE, .errors = {ERR_INVALID,        ERR_DEVICE_BLOCKED,                 \
					   ERR_MFA_ENROLLMENT, ERR_EMAIL_NOT_VERIFIED,             \
					   ERR_KYC_REQUIRED,   ERR_ROLE_REQUIRED},                 \
	.file = "domain/gate.c"

static const struct route routes[] = {
	{.method = METHOD_GET,
	 .path = "/healthz",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_NONE,
	 .flags = ROUTE_LOCAL,
	 .answer = healthz,
	 .answers = {{200, &status_shape}},
	 .operation = "healthz",
	 .file = FILE_,
	 .summary = "The process is alive"},
	{.method = METHOD_GET,
	 .path = "/readyz",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_NONE,
	 .flags = ROUTE_FAST,
	 .answer = readyz,
	 .answers = {{200, &status_shape}},
	 .errors = {ERR_UNAVAILABLE},
	 .operation = "readyz",
	 .file = FILE_,
	 .summary = "The store answers and its schema is current"},
	{.method = METHOD_GET,
	 .path = "/.well-known/jwks.json",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_LOCAL,
	 .answer = jwks,
	 .answers = {{200, NULL, "application/json"}},
	 .operation = "jwks",
	 .file = FILE_,
	 .summary = "The public keys that verify access tokens (RFC 7517)"},
	{.method = METHOD_GET,
	 .path = "/openapi.json",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_DEFAULT,
	 .answer = openapi,
	 .answers = {{200, NULL, "application/json"}},
	 .operation = "openapi",
	 .file = FILE_,
	 .summary = "This document"},
	{.method = METHOD_GET,
	 .path = "/docs",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_DEFAULT,
	 .answer = docs_page,
	 .answers = {{200, NULL, "text/html"}},
	 .operation = "docs",
	 .file = "api/special/docs_page.c",
	 .summary = "The same for people, as one page"},
	{.method = METHOD_GET,
	 .path = "/metrics",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_NONE,
	 .answer = metrics_page,
	 .answers = {{200, NULL, "text/plain"}},
	 .errors = {ERR_NOT_FOUND},
	 .operation = "metrics",
	 .file = "api/special/metrics_page.c",
	 .summary = "Counts for Prometheus, for who asks on this machine only"},
	{.method = METHOD_GET,
	 .path = "/",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_LOCAL,
	 .answer = front,
	 .answers = {{200, NULL, "text/html"}},
	 .operation = "front",
	 .file = FILE_,
	 .summary = "A short page saying what runs here"},
	{.method = METHOD_GET,
	 .path = "/gate",
	 GATE,
	 .flags = ROUTE_FAST | ROUTE_GATE | ROUTE_QUERY,
	 .in = &gate_query,
	 .op = op_gate,
	 .out_size = sizeof(struct gate_out),
	 .answers = {{204, .headers = gate_headers}},
	 .operation = "gate",
	 .summary = "May this request pass? For proxies, which ask it with any method. All of "
		    "require must hold: email, kyc, role:A|B, session, apart by commas"},
	{.method = METHOD_GET,
	 .path = "/gate/require/{require}/{rest}",
	 GATE,
	 .flags = ROUTE_FAST | ROUTE_GATE | ROUTE_REST | ROUTE_QUERY,
	 .in = &gate_path,
	 .op = op_gate,
	 .out_size = sizeof(struct gate_out),
	 .answers = {{200, .headers = gate_headers}},
	 .operation = "gate_path",
	 .summary = "The same for proxies that append the path and query that they were asked "
		    "for, which are ignored; 200, with no body"},
	{.method = METHOD_GET,
	 .path = "/reset",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .answer = reset_page,
	 .page = link_page_refused,
	 .answers = {{200, NULL, "text/html"}},
	 .operation = "reset_page",
	 .file = "api/special/link_pages.c",
	 .summary = "The page of a password reset link"},
	{.method = METHOD_GET,
	 .path = "/undo",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .answer = undo_page,
	 .page = link_page_refused,
	 .answers = {{200, NULL, "text/html"}},
	 .operation = "undo_page",
	 .file = "api/special/link_pages.c",
	 .summary = "The page of an \"I did not sign up\" or \"this was not me\" link"},
	{.method = METHOD_GET,
	 .path = "/restore",
	 .access = ACCESS_PUBLIC,
	 .limit = THROTTLE_RESET,
	 .answer = restore_page,
	 .page = link_page_refused,
	 .answers = {{200, NULL, "text/html"}},
	 .operation = "restore_page",
	 .file = "api/special/link_pages.c",
	 .summary = "The page of a link that takes a deletion back"},
};

const struct surface system_surface = {
	.name = "system",
	.title = "Health, keys, description",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
