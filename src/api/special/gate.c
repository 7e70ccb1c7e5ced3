/*
 * A proxy asks here before it lets a request through, and may pass the answer's headers on. So
 * whatever the verdict rests on comes from the store, as the pipeline has just read it, and nothing
 * from the request but the token and the words, which are the operator's. In the second form a
 * client chooses what stands behind the words: the path is cut at the first slash as it was sent,
 * since a server that decodes or shortens it first could be talked into reading other words.
 */
#include "api/special/gate.h"

#include "api/problem.h"
#include "base/enc.h"
#include "base/metrics.h"
#include "domain/caller.h"
#include "domain/demands.h"

const struct answer_header gate_headers[] = {
	{"X-User-Id", "id of the account"},
	{"X-User-Role", "its role, in upper case"},
	{"X-User-Email", "its e-mail address as typed, verified or not"},
	{"X-Kyc-Status", "none, pending, approved, rejected, resubmit or expired"},
	{"X-Session-Id", "id of the session that the token belongs to"},
	{NULL},
};

static void
tell_identity(struct ctx *cx, struct http_answer *an)
{
	const struct caller *c = cx->caller;
	const struct str values[] = {
		uuid_text(cx->arena, &c->user.id),
		c->user.role,
		c->user.email,
		c->user.kyc_status,
		uuid_text(cx->arena, &c->session.id),
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		http_answer_header(an, gate_headers[i].name, values[i]);
}

static enum err
judge(struct ctx *cx, struct str words)
{
	struct demands d;

	TRY(demands_read(cx, words, &d));
	return demands_met(&d, &cx->caller->user);
}

/* *words is absent when there are none. */
static enum err
words_of_query(struct ctx *cx, const struct http_request *rq, struct str *words)
{
	if (form_value(cx->arena, rq->query, S("require"), words))
		return OK;
	return fail_field(cx, "require", "This is not readable, or given twice.");
}

static enum err
words_of_path(struct ctx *cx, const struct http_request *rq, struct str *words)
{
	struct str rest = str_from(rq->path, sizeof(GATE_PATH) - 1), sent = S("");
	struct buf plain;

	(void)str_cut(&rest, '/', &sent);
	buf_init_arena(&plain, cx->arena, sent.n + 1);
	if (!percent_decode(&plain, sent, false))
		return fail_field(cx, "require", "This is not readable.");
	*words = buf_view(&plain);
	return OK;
}

/* e: whether there are words to judge by. */
static bool
answer(struct ctx *cx, enum err e, struct str words, int passed, struct http_answer *an)
{
	if (e == OK)
		e = judge(cx, words);
	metric_gate(e);
	if (e == OK) {
		an->status = passed;
		tell_identity(cx, an);
	} else {
		problem_answer(cx, e, NULL, an);
	}
	http_answer_header(an, "Cache-Control", S("no-store"));
	return true;
}

bool
gate_by_query(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str words = STR_NONE;
	enum err e = words_of_query(cx, rq, &words);

	return answer(cx, e, words, 204, an);
}

bool
gate_by_path(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	struct str words = STR_NONE;
	enum err e = words_of_path(cx, rq, &words);

	return answer(cx, e, words, 200, an);
}
