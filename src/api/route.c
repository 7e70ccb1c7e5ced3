/*
 * The list of surfaces and the way from a path to its row. Paths without parameters, nearly all,
 * are found by one look into a hash table that is made once; the few with parameters are walked.
 */
#include "api/route.h"

#include "api/admin/admin_routes.h"
#include "api/admin/review_routes.h"
#include "api/api/api_routes.h"
#include "api/auth/account_routes.h"
#include "api/auth/activity_routes.h"
#include "api/auth/auth_routes.h"
#include "api/auth/identity_routes.h"
#include "api/auth/mfa_routes.h"
#include "api/auth/otp_routes.h"
#include "api/special/system_routes.h"
#include "api/v1/v1_routes.h"
#include "base/config.h"

#include <pthread.h>

#define SLOTS 1024 /* power of two, far more than there are paths */
#define PATTERNS_MOST 64
#define METHODS (METHOD_OPTIONS + 1)

/* One path and what stands at it. */
struct place {
	struct str path;
	const struct surface *surface;
	const struct route *by_method[METHODS];
};

static const struct surface *const all[] = {
	&system_surface,   &v1_surface,    &api_surface,      &auth_surface,
	&mfa_surface,      &otp_surface,   &activity_surface, &account_surface,
	&identity_surface, &admin_surface, &review_surface,
};
static struct place slots[SLOTS];
static struct place patterns[PATTERNS_MOST];
static size_t patterns_n;
static pthread_once_t once = PTHREAD_ONCE_INIT;

const struct surface *const *
surfaces(size_t *n)
{
	*n = ARRAY_LEN(all);
	return all;
}

const struct surface *
surface_named(struct str name, const struct surface *after)
{
	bool behind = after == NULL;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (behind && str_eq(str_of(all[i]->name), name))
			return all[i];
		behind |= all[i] == after;
	}
	return NULL;
}

const char *
error_code(const struct surface *s, const struct route *r, enum err e)
{
	if (e == ERR_TOKEN && s && s->token_code)
		return s->token_code;
	if (e == ERR_INVALID_LINK && r && r->link_code)
		return r->link_code;
	return err_row(e)->code;
}

static bool
surface_enabled(const struct config *config, const struct surface *s)
{
	return s == &system_surface || list_has(config->surfaces_enabled, str_of(s->name));
}

static bool
enabled_on(const struct route *r, bool surface_is_on)
{
	return surface_is_on || r->flags & ROUTE_ALWAYS;
}

bool
route_enabled(const struct config *config, const struct surface *s, const struct route *r)
{
	return enabled_on(r, surface_enabled(config, s));
}

/* FNV-1a: the table's content is ours, so nobody can aim at it. */
static size_t
hash(struct str path)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ (unsigned char)path.p[i]) * 16777619u;
	return h & (SLOTS - 1);
}

static struct place *
slot_of(struct str path)
{
	size_t i = hash(path);

	while (!str_absent(slots[i].path) && !str_eq(slots[i].path, path))
		i = (i + 1) & (SLOTS - 1);
	return &slots[i];
}

static struct place *
pattern_of(struct str path)
{
	for (size_t i = 0; i < patterns_n; i++)
		if (str_eq(patterns[i].path, path))
			return &patterns[i];
	if (patterns_n == PATTERNS_MOST)
		die("more than %d paths with parameters", PATTERNS_MOST);
	return &patterns[patterns_n++];
}

static void
index_route(const struct surface *s, const struct route *r)
{
	struct str path = str_of(r->path);
	struct place *p = str_find(path, '{') < 0 ? slot_of(path) : pattern_of(path);

	if (p->by_method[r->method])
		die("two rows for %s", r->path);
	p->path = path;
	p->surface = s;
	p->by_method[r->method] = r;
}

static void
make_index(void)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t j = 0; j < all[i]->n; j++)
			index_route(all[i], &all[i]->routes[j]);
}

static bool
pattern_matches(struct str pattern, struct str path, struct str params[ROUTE_PARAMS])
{
	struct str want, got;
	size_t n = 0;

	while (str_cut(&pattern, '/', &want)) {
		if (!str_cut(&path, '/', &got))
			return false;
		if (want.n && want.p[0] == '{') {
			if (got.n == 0 || n == ROUTE_PARAMS)
				return false;
			params[n++] = got;
		} else if (!str_eq(want, got)) {
			return false;
		}
	}
	return str_absent(path);
}

/* Whether what stands at p takes all that begins like its path. */
static bool
takes_rest(const struct place *p)
{
	return p->by_method[METHOD_GET] && p->by_method[METHOD_GET]->flags & ROUTE_REST;
}

/* As it was sent: a client chooses the rest, so nothing in it may move the cut. */
static bool
beginning_matches(struct str pattern, struct str path, struct str params[ROUTE_PARAMS])
{
	pattern.n = (size_t)str_find(pattern, '{');
	if (!str_starts(path, pattern))
		return false;
	path = str_from(path, pattern.n);
	(void)str_cut(&path, '/', &params[0]);
	return true;
}

static struct str
without_slash(struct str path)
{
	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static const struct place *
place_find(struct str path, struct str params[ROUTE_PARAMS])
{
	struct str trimmed = without_slash(path);
	const struct place *p = slot_of(trimmed);

	if (!str_absent(p->path))
		return p;
	for (size_t i = 0; i < patterns_n; i++) {
		p = &patterns[i];
		if (takes_rest(p) ? beginning_matches(p->path, path, params)
				  : pattern_matches(p->path, trimmed, params))
			return p;
	}
	return NULL;
}

/* Who asks the gate does not choose the method: it is that of the request that waits there. */
static bool
is_gate(const struct place *p)
{
	return p->by_method[METHOD_GET] && p->by_method[METHOD_GET]->flags & ROUTE_GATE;
}

struct route_match
route_find(const struct config *config, enum method method, struct str path)
{
	struct route_match m = {0};
	enum method served = method == METHOD_HEAD ? METHOD_GET : method;
	const struct place *p;
	bool surface_is_on;

	pthread_once(&once, make_index);
	p = place_find(path, m.params);
	if (!p)
		return m;
	surface_is_on = surface_enabled(config, p->surface);
	for (int i = METHOD_GET; i < METHODS; i++)
		if (p->by_method[i] && enabled_on(p->by_method[i], surface_is_on))
			m.methods |= 1u << i;
	if (!m.methods)
		return m;
	m.surface = p->surface;
	if (is_gate(p))
		served = METHOD_GET;
	m.route = m.methods & 1u << served ? p->by_method[served] : NULL;
	if (m.methods & 1u << METHOD_GET)
		m.methods |= 1u << METHOD_HEAD;
	m.methods |= 1u << METHOD_OPTIONS;
	return m;
}

void
route_allow(unsigned methods, struct buf *b)
{
	for (int i = METHOD_GET; i < METHODS; i++) {
		if (!(methods & 1u << i))
			continue;
		if (b->n)
			buf_z(b, ", ");
		buf_str(b, method_name((enum method)i));
	}
}

static void
check_name(const struct route *r)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t j = 0; j < all[i]->n; j++) {
			const struct route *other = &all[i]->routes[j];

			if (other != r && str_eq(str_of(other->operation), str_of(r->operation)))
				die("two rows are named %s", r->operation);
		}
}

static void
check_route(const struct route *r)
{
	struct str path = str_of(r->path);
	bool answers = r->answers[0].status != 0;

	if (!str_starts(path, S("/")) || (path.n > 1 && str_ends(path, S("/"))))
		die("%s is not how a path is written here", r->path);
	if (r->access == ACCESS_UNSET)
		die("%s has no access", r->path);
	if (!r->operation || !r->summary || !r->file || !answers)
		die("the row of %s is not whole", r->path);
	if (!r->op && !r->answer && !r->receive)
		die("%s answers nothing", r->path);
	if ((r->op || r->receive) && r->out_size == 0)
		die("%s has an operation without a result", r->path);
	if (r->flags & ROUTE_FORM && (!r->page || !r->in))
		die("%s takes a form but has no page behind it", r->path);
	check_name(r);
}

void
routes_check(void)
{
	pthread_once(&once, make_index);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t j = 0; j < all[i]->n; j++)
			check_route(&all[i]->routes[j]);
}

const char *
access_name(enum access a)
{
	static const char *const names[] = {
		[ACCESS_UNSET] = "unset",
		[ACCESS_PUBLIC] = "public",
		[ACCESS_OPTIONAL] = "bearer or proof",
		[ACCESS_BEARER] = "bearer",
	};

	return names[a];
}

struct demands
route_demands(const struct route *r)
{
	return (struct demands){
		.verified_email = r->needs & NEED_VERIFIED_EMAIL,
		.kyc_approved = r->needs & NEED_KYC,
		.roles = {str_of(r->role)},
		.roles_n = r->role != NULL,
	};
}

void
route_tell_needs(const struct route *r, struct buf *out)
{
	struct demands d = route_demands(r);

	demands_tell(&d, out);
}

unsigned
route_number(const struct route *r)
{
	unsigned before = 1;

	if (!r)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (r >= all[i]->routes && r < all[i]->routes + all[i]->n)
			return before + (unsigned)(r - all[i]->routes);
		before += (unsigned)all[i]->n;
	}
	return 0;
}

unsigned
route_numbers(void)
{
	unsigned n = 1;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		n += (unsigned)all[i]->n;
	return n;
}

const char *
route_name(unsigned number)
{
	for (size_t i = 0; number > 0 && i < ARRAY_LEN(all); i++) {
		if (number <= all[i]->n)
			return all[i]->routes[number - 1].operation;
		number -= (unsigned)all[i]->n;
	}
	return "none";
}
