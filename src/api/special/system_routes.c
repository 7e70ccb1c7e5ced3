/* Few and plain: each row answers by itself. */
#include "api/special/system_routes.h"

#include "api/openapi.h"
#include "api/problem.h"
#include "api/special/page.h"
#include "base/clock.h"
#include "base/config.h"
#include "crypto/keyring.h"
#include "store/store.h"

static const struct field status_out[] = {
	{"status", FIELD_LITERAL, 0, .literal = "ok"},
};
static const struct shape status_shape = SHAPE("Status", char, status_out);

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
	problem_answer(cx, ERR_UNAVAILABLE, an);
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
	page_text(an, "This is an accounts and authentication server. People sign in through the apps that use it.");
	page_text(an, "Its API is described at /openapi.json; its public keys are at /.well-known/jwks.json.");
	page_end(an);
	return true;
}

#define FILE_ "api/special/system_routes.c"

static const struct route routes[] = {
	{.method = METHOD_GET, .path = "/healthz", .access = ACCESS_PUBLIC, .limit = THROTTLE_NONE, .flags = ROUTE_FAST,
	 .answer = healthz, .answers = {{200, &status_shape}}, .operation = "healthz", .file = FILE_,
	 .summary = "The process is alive"},
	{.method = METHOD_GET, .path = "/readyz", .access = ACCESS_PUBLIC, .limit = THROTTLE_NONE, .flags = ROUTE_FAST,
	 .answer = readyz, .answers = {{200, &status_shape}}, .errors = {ERR_UNAVAILABLE}, .operation = "readyz",
	 .file = FILE_, .summary = "The store answers and its schema is current"},
	{.method = METHOD_GET, .path = "/.well-known/jwks.json", .access = ACCESS_PUBLIC, .limit = THROTTLE_DEFAULT,
	 .flags = ROUTE_FAST, .answer = jwks, .answers = {{200, NULL}}, .operation = "jwks", .file = FILE_,
	 .summary = "The public keys that verify access tokens (RFC 7517)"},
	{.method = METHOD_GET, .path = "/openapi.json", .access = ACCESS_PUBLIC, .limit = THROTTLE_DEFAULT,
	 .answer = openapi, .answers = {{200, NULL}}, .operation = "openapi", .file = FILE_,
	 .summary = "This document"},
	{.method = METHOD_GET, .path = "/", .access = ACCESS_PUBLIC, .limit = THROTTLE_DEFAULT, .flags = ROUTE_FAST,
	 .answer = front, .answers = {{200, NULL}}, .operation = "front", .file = FILE_,
	 .summary = "A short page saying what runs here"},
};

const struct surface system_surface = {
	.name = "system",
	.title = "Health, keys, description",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
