/* By list and by the letter: an origin that is not in it gets an answer that its browser keeps to
 * itself. */
#include "api/origin.h"

#include "base/config.h"

/* Where the path of server.public_url begins; its length when it has none. */
static size_t
path_start(struct str url)
{
	size_t at = 0;

	while (at < url.n && !str_starts(str_from(url, at), S("://")))
		at++;
	for (at += 3; at < url.n && url.p[at] != '/';)
		at++;
	return at < url.n ? at : url.n;
}

/* Browsers leave a scheme's own port out. */
static struct str
without_default_port(struct str origin)
{
	struct str port = str_starts(origin, S("https:")) ? S(":443") : S(":80");

	if (str_ends(origin, port))
		origin.n -= port.n;
	return origin;
}

bool
origin_is_ours(const struct config *config, const struct http_request *rq)
{
	struct str ours = config->server_public_url;

	ours.n = path_start(ours);
	return str_eq_nocase(http_header(rq, "origin", NULL), without_default_port(ours));
}

struct str
public_path(const struct config *config)
{
	return str_from(config->server_public_url, path_start(config->server_public_url));
}

/* The request's origin when it is listed, else absent. */
static struct str
listed_origin(const struct config *config, const struct http_request *rq)
{
	struct str origin = http_header(rq, "origin", NULL);

	for (size_t i = 0; i < config->server_cors_origins.n; i++)
		if (str_eq(config->server_cors_origins.v[i], origin))
			return origin;
	return STR_NONE;
}

void
cors_headers(const struct config *config, const struct http_request *rq, struct http_answer *an)
{
	struct str origin = listed_origin(config, rq);

	if (config->server_cors_origins.n)
		http_answer_header(an, "Vary", S("Origin"));
	if (str_absent(origin))
		return;
	http_answer_header(an, "Access-Control-Allow-Origin", origin);
	http_answer_header(
		an, "Access-Control-Expose-Headers",
		S("RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"));
}

void
cors_preflight(const struct config *config, const struct http_request *rq, struct str methods,
	       struct http_answer *an)
{
	if (str_absent(listed_origin(config, rq)))
		return;
	http_answer_header(an, "Access-Control-Allow-Methods", methods);
	http_answer_header(an, "Access-Control-Allow-Headers",
			   S("Authorization, Content-Type, X-Request-Id"));
	http_answer_header(an, "Access-Control-Max-Age", S("600"));
}
