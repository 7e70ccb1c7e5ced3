/*
 * One function a phase. A phase that refuses returns an error and the rest is left out; the answer
 * to it is problem.c's. Nothing here knows a use case, and no use case knows any of this.
 */
#include "api/pipeline.h"

#include "api/address.h"
#include "api/origin.h"
#include "api/problem.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rnd.h"
#include "crypto/jwt.h"
#include "store/store.h"

#define REQUEST_ID_MAX 64

/* Answers hold tokens and personal data; nothing may keep them. */
#define PRIVATE_HEADERS "Cache-Control: no-store\r\n"

/* Nothing may frame or run them either. A page says for itself what it may do. */
#define DATA_HEADERS                                                                               \
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"                  \
	"Referrer-Policy: no-referrer\r\n"

/* A file of a stranger's, which a browser may keep and never show. */
#define FILE_HEADERS                                                                               \
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n"         \
	"Cross-Origin-Resource-Policy: same-origin\r\n"                                            \
	"Referrer-Policy: no-referrer\r\n"

static struct ctx
request_ctx(const struct ctx *base, struct arena *a, const struct job *job)
{
	struct ctx cx = *base;

	cx.arena = a;
	cx.db = NULL;
	cx.caller = &job->caller;
	cx.request_id = job->request_id;
	cx.fault = (struct fault){0};
	return cx;
}

static bool
request_id_sane(struct str id)
{
	if (id.n == 0 || id.n > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool alnum =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

static struct str
request_id(struct arena *a, const struct http_request *rq)
{
	struct str sent = http_header(rq, "x-request-id", NULL);
	uint64_t n = rnd_jitter(UINT64_MAX);
	struct buf text;

	if (request_id_sane(sent))
		return sent;
	buf_init_arena(&text, a, 32);
	hex_encode(&text, &n, sizeof(n));
	return buf_view(&text);
}

/* Cut between characters; absent when it is no printable text. */
static struct str
user_agent(const struct http_request *rq)
{
	struct str agent = http_header(rq, "user-agent", NULL);

	if (agent.n > USER_AGENT_MAX) {
		agent.n = USER_AGENT_MAX;
		while (agent.n && (agent.p[agent.n] & 0xc0) == 0x80)
			agent.n--;
	}
	return agent.n && utf8_valid(agent) && !utf8_has_control(agent) ? agent : STR_NONE;
}

static struct job *
job_new(const struct config *config, struct arena *a, const struct http_request *rq)
{
	struct job *job = arena_new(a, struct job);

	job->request_id = request_id(a, rq);
	job->caller.ip = address_client(a, config, rq);
	job->caller.net = address_net(a, job->caller.ip);
	job->caller.user_agent = user_agent(rq);
	return job;
}

static bool
is_gate(const struct job *job)
{
	return job->route && job->route->flags & ROUTE_GATE;
}

static void
finish_headers(const struct ctx *cx, const struct http_request *rq, const struct job *job,
	       struct http_answer *an)
{
	http_answer_header(an, "X-Request-Id", cx->request_id);
	if (an->file)
		buf_str(&an->head, S(FILE_HEADERS));
	else if (!str_starts(an->content_type, S("text/html")))
		buf_str(&an->head, S(DATA_HEADERS));
	if (!is_gate(job))
		cors_headers(cx->config, rq, an);
}

/* The code stands in a header too, for proxies that drop the body. */
static void
note_verdict(enum err e, const char *code, struct http_answer *an)
{
	metric_gate(e);
	if (e != OK)
		http_answer_header(an, GATE_CODE_HEADER, str_of(code));
}

/* Field errors by the names that this row's clients know. */
static void
name_fields(struct ctx *cx, const struct job *job)
{
	if (!job->route || !job->route->in)
		return;
	for (struct field_error *f = cx->fault.fields; f; f = f->next)
		f->field = shape_wire_name(job->route->in, f->field);
}

/* Whether it is the form of a hosted page, which is answered by a page. */
static bool
is_form_of(const struct route *r, const struct http_request *rq)
{
	return r->flags & ROUTE_FORM && http_is_media_type(http_header(rq, "content-type", NULL),
							   S("application/x-www-form-urlencoded"));
}

/* Whether the row's page tells of e: a form's always does, a page's when a browser asks. */
static bool
is_told_by_page(const struct route *r, const struct http_request *rq, enum err e)
{
	if (!r || !r->page)
		return false;
	return is_form_of(r, rq) || (e != OK && !(r->flags & ROUTE_FORM) && http_wants_page(rq));
}

static void
show_page(struct ctx *cx, const struct http_request *rq, const struct job *job, enum err e,
	  struct http_answer *an)
{
	problem_headers(cx, e, an);
	job->route->page(cx, rq, e, an);
	finish_headers(cx, rq, job, an);
}

static void
refuse(struct ctx *cx, const struct http_request *rq, const struct job *job, enum err e,
       struct http_answer *an)
{
	const struct surface *s = job->surface;
	struct problem_form form = {
		.flat = s && s->flat_errors,
		.code = error_code(s, job->route, e),
	};

	if (is_told_by_page(job->route, rq, e)) {
		show_page(cx, rq, job, e, an);
		return;
	}
	if (is_gate(job))
		note_verdict(e, form.code, an);
	name_fields(cx, job);
	problem_answer(cx, e, &form, an);
	buf_str(&an->head, S(PRIVATE_HEADERS));
	finish_headers(cx, rq, job, an);
}

static struct str
methods_text(struct ctx *cx, unsigned methods)
{
	struct buf list;

	buf_init_arena(&list, cx->arena, 128);
	route_allow(methods, &list);
	return buf_view(&list);
}

/* Phase 1: which row. OK without a row is an answered OPTIONS. */
static enum err
match(struct ctx *cx, const struct http_request *rq, struct job *job, struct http_answer *an)
{
	struct route_match m = route_find(cx->config, rq->method, rq->path);
	struct str methods;

	if (rq->method == METHOD_OPTIONS && str_eq(rq->path, S("*"))) {
		an->status = 204;
		return OK;
	}
	job->route = m.route;
	job->surface = m.surface;
	memcpy(job->params, m.params, sizeof(m.params));
	if (!m.methods)
		return ERR_NOT_FOUND;
	if (m.route)
		return OK;
	methods = methods_text(cx, m.methods);
	http_answer_header(an, "Allow", methods);
	if (rq->method != METHOD_OPTIONS)
		return ERR_METHOD;
	cors_preflight(cx->config, rq, methods, an);
	an->status = 204;
	return OK;
}

/* Phase 2: the rate of the client address. */
static enum err
limit(struct ctx *cx, const struct job *job, struct http_answer *an)
{
	enum throttle_scope scope = job->route->limit;
	const struct throttle_row *row;
	struct throttle_state left;
	enum err e;

	if (scope == THROTTLE_NONE || !cx->config->throttle_enabled)
		return OK;
	e = throttle_take(cx, scope, job->caller.net, &left);
	if (scope == THROTTLE_DEFAULT)
		return e;
	row = throttle_row(scope);
	http_answer_header(an, "RateLimit-Policy",
			   str_print(cx->arena, "\"%s\";q=%" PRId64 ";w=%" PRId64, row->name,
				     row->burst, row->window / SECOND));
	http_answer_header(an, "RateLimit",
			   str_print(cx->arena, "\"%s\";r=%" PRId64 ";t=%" PRId64, row->name,
				     left.left, left.reset));
	return e;
}

/* The token of the Authorization header. false: there is more than one header. */
static bool
bearer_token(const struct http_request *rq, struct str *token)
{
	static const struct str scheme = {"Bearer ", 7};
	size_t count;
	struct str value = http_header(rq, "authorization", &count);

	*token = STR_NONE;
	if (value.n > scheme.n && str_eq_nocase((struct str){value.p, scheme.n}, scheme))
		*token = str_trim(str_from(value, scheme.n));
	return count <= 1;
}

/* Phase 3, as far as it can go without the store: refuses before a body is read. */
static enum err
authenticate_early(struct ctx *cx, const struct http_request *rq, struct job *job)
{
	struct str token, kid;
	struct token_of t;
	enum err e;

	if (job->route->access != ACCESS_BEARER)
		return OK;
	if (!bearer_token(rq, &token))
		return ERR_TOKEN;
	if (str_absent(token))
		return ERR_NOT_SIGNED_IN;
	if (rq->content_length == 0)
		return OK;
	memset(&job->claimed, 0xff, sizeof(job->claimed));
	e = jwt_verify(cx, token, clock_now(), &t);
	if (e == OK)
		job->claimed = t.sub;
	if (e != ERR_TOKEN)
		return e;
	/* A key that another server made just now is looked for by the whole check. */
	kid = jwt_kid(cx, token);
	return str_absent(kid) || keyring_has(cx->keys, kid) ? ERR_TOKEN : OK;
}

static enum err
authenticate(struct ctx *cx, const struct http_request *rq, struct job *job)
{
	struct caller *caller = &job->caller;
	struct str token;
	enum err e = bearer_token(rq, &token) ? OK : ERR_TOKEN;

	if (job->route->access == ACCESS_PUBLIC)
		return OK;
	if (e == OK && str_absent(token))
		return job->route->access == ACCESS_BEARER ? ERR_NOT_SIGNED_IN : OK;
	if (e == OK)
		e = bearer_check(cx, token, caller);
	if (e != OK && e != ERR_TOKEN && e != ERR_DEVICE_BLOCKED)
		return e;
	caller->bearer = e == OK ? BEARER_GOOD : e == ERR_TOKEN ? BEARER_BAD : BEARER_BLOCKED;
	return job->route->access == ACCESS_BEARER ? e : OK;
}

/* Phase 4: what the row demands of who is signed in. */
static enum err
authorise(const struct ctx *cx, const struct job *job)
{
	const struct user *u = &job->caller.user;
	struct demands d;

	if (job->caller.bearer != BEARER_GOOD)
		return OK;
	if (!(job->route->needs & NEED_NO_FACTOR) && !u->mfa_enabled &&
	    list_has(cx->config->mfa_required_roles, u->role))
		return ERR_MFA_ENROLLMENT;
	d = route_demands(job->route);
	return demands_met(&d, u);
}

static enum err
check_media_type(const struct http_request *rq, const struct route *r)
{
	struct str type = http_header(rq, "content-type", NULL);

	if (rq->content_length == 0 || !r->in || r->flags & (ROUTE_QUERY | ROUTE_UPLOAD) ||
	    str_absent(type))
		return OK;
	if (http_is_media_type(type, S("application/json")))
		return OK;
	return is_form_of(r, rq) ? OK : ERR_MEDIA_TYPE;
}

/* Phase 5: the fields of body, query or form. */
static enum err
bind(struct ctx *cx, const struct http_request *rq, const struct route *r, void *in)
{
	struct json *body CLEANUP_JSON = NULL;
	struct str form = r->flags & ROUTE_QUERY ? rq->query : rq->body;

	if (r->flags & ROUTE_UPLOAD)
		return upload_bind(cx, r->in, rq, in);
	if (r->flags & ROUTE_QUERY || is_form_of(r, rq)) {
		if (!(r->flags & ROUTE_QUERY) && !origin_is_ours(cx->config, rq))
			return ERR_FORBIDDEN_ORIGIN;
		return shape_bind_form(cx, r->in, str_absent(form) ? S("") : form, in);
	}
	TRY(json_parse_object(cx, rq->body.n ? rq->body : S("{}"), &body));
	return shape_bind(cx, r->in, body, in);
}

static void
render_headers(const struct answer_header *h, const void *out, struct http_answer *an)
{
	for (; h && h->name; h++)
		http_answer_header(an, h->name, *(const struct str *)((const char *)out + h->at));
}

static void
render(const struct route *r, const void *out, struct http_answer *an)
{
	const struct route_answer *a = &r->answers[r->choose ? r->choose(out) : 0];
	struct json_out w = json_to(&an->body);

	an->status = a->status;
	render_headers(a->headers, out, an);
	if (!a->shape)
		return;
	an->content_type = S("application/json");
	shape_render(a->shape, out, &w);
}

/* Phases 5 and 6. */
static enum err
operate(struct ctx *cx, const struct http_request *rq, const struct job *job, void *out)
{
	const struct route *r = job->route;
	void *in;

	if (r->receive)
		return r->receive(cx, rq, out);
	in = arena_alloc(cx->arena, r->in ? r->in->size : 1);
	if (r->in) {
		TRY(shape_bind_path(cx, r->in, job->params, in));
		TRY(bind(cx, rq, r, in));
	}
	return r->op(cx, in, out);
}

/* Phases 3 to 7. *answered: the row answered by itself. */
static enum err
run(struct ctx *cx, const struct http_request *rq, struct job *job, struct http_answer *an,
    bool *answered)
{
	const struct route *r = job->route;
	void *out;

	if (throttle_is_shared(cx, r->limit))
		TRY(limit(cx, job, an));
	TRY(authenticate(cx, rq, job));
	TRY(authorise(cx, job));
	TRY(check_media_type(rq, r));
	*answered = r->answer && r->answer(cx, rq, an);
	if (*answered)
		return OK;
	out = arena_alloc(cx->arena, r->out_size);
	TRY(operate(cx, rq, job, out));
	if (r->send)
		return r->send(cx, out, an);
	if (!is_form_of(r, rq))
		render(r, out, an);
	return OK;
}

static bool
runs_fast(const struct ctx *cx, const struct route *r)
{
	return r->flags & ROUTE_LOCAL || (r->flags & ROUTE_FAST && store_is_embedded(cx->store));
}

enum pipeline_next
pipeline_head(const struct ctx *base, struct arena *a, const struct http_request *rq,
	      struct http_answer *an, struct job **job_out, size_t *body_limit)
{
	struct job *job = job_new(base->config, a, rq);
	struct ctx cx = request_ctx(base, a, job);
	enum err e = match(&cx, rq, job, an);

	*job_out = job;
	if (e == OK && !job->route) {
		finish_headers(&cx, rq, job, an);
		return PIPELINE_ANSWERED;
	}
	if (e == OK && !throttle_is_shared(&cx, job->route->limit))
		e = limit(&cx, job, an);
	if (e == OK)
		e = authenticate_early(&cx, rq, job);
	if (e != OK) {
		refuse(&cx, rq, job, e, an);
		return PIPELINE_ANSWERED;
	}
	job->upload = job->route->flags & ROUTE_UPLOAD;
	*body_limit = job->upload ? upload_limit(cx.config, rq) : BODY_MAX;
	return runs_fast(&cx, job->route) ? PIPELINE_FAST : PIPELINE_WORK;
}

void
pipeline_serve(const struct ctx *base, struct arena *a, const struct http_request *rq,
	       struct job *job, struct http_answer *an)
{
	struct ctx cx = request_ctx(base, a, job);
	bool answered = false;
	enum err e = run(&cx, rq, job, an, &answered);

	if (e == ERR_INTERNAL)
		log_event(&cx, LOG_ERROR, "internal_error",
			  LOG_Z("operation", job->route->operation),
			  LOG_STR("detail", cx.fault.detail));
	if (e != OK) {
		refuse(&cx, rq, job, e, an);
		return;
	}
	if (!answered && is_told_by_page(job->route, rq, OK)) {
		show_page(&cx, rq, job, OK, an);
		return;
	}
	if (!answered)
		buf_str(&an->head, S(PRIVATE_HEADERS));
	if (is_gate(job))
		note_verdict(OK, NULL, an);
	finish_headers(&cx, rq, job, an);
}

void
pipeline_refuse(const struct ctx *base, struct arena *a, const struct http_request *rq,
		struct job **job, enum err e, struct http_answer *an)
{
	struct ctx cx;

	if (!*job)
		*job = job_new(base->config, a, rq);
	cx = request_ctx(base, a, *job);
	refuse(&cx, rq, *job, e, an);
}

struct str
pipeline_common_headers(struct ctx *cx)
{
	if (str_starts(cx->config->server_public_url, S("https://")))
		return S("X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
			 "Strict-Transport-Security: max-age=31536000\r\n");
	return S("X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n");
}
