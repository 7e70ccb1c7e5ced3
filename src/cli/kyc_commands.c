/* Identity checks from the terminal: the same use cases as a reviewer's, by the operator. Papers
 * are not shown here: who sees one stands in the audit log by account. */
#include "base/clock.h"
#include "base/json_write.h"
#include "cli/user_argument.h"
#include "domain/kyc_review.h"

#define LIST_DEFAULT 50
#define LIST_MOST 1000

static struct str
given(const char *text)
{
	return text ? str_of(text) : STR_NONE;
}

static int
usage(struct invocation *in, const char *text)
{
	buf_printf(in->err, "usage: aldgate %s\n", text);
	return 2;
}

static struct str
when(struct ctx *cx, int64_t us)
{
	char text[RFC3339_ROOM];

	if (!us)
		return S("-");
	time_format(text, us);
	return str_copy(cx->arena, str_of(text));
}

static void
list_line(struct ctx *cx, const struct kyc_application *a, void *arg)
{
	struct invocation *in = arg;

	buf_printf(in->out, "%.*s  %-8.*s  %.*s  %.*s  %.*s\n",
		   STR_ARG(uuid_text(cx->arena, &a->id)), STR_ARG(a->status),
		   STR_ARG(when(cx, a->submitted_at)), STR_ARG(a->country), STR_ARG(a->full_name));
}

static void
list_json(struct ctx *cx UNUSED, const struct kyc_application *a, void *arg)
{
	struct invocation *in = arg;
	struct json_out w = json_to(in->out);

	json_open(&w);
	json_key(&w, "id");
	json_uuid(&w, &a->id);
	json_key(&w, "user_id");
	json_uuid(&w, &a->user_id);
	json_key(&w, "status");
	json_str(&w, a->status);
	json_key(&w, "full_name");
	json_str(&w, a->full_name);
	json_key(&w, "country");
	json_str(&w, a->country);
	json_key(&w, "submitted_at");
	json_time(&w, a->submitted_at);
	json_close(&w);
	buf_char(in->out, '\n');
}

int
cmd_kyc_list(struct invocation *in)
{
	struct options o = options_of(in);
	const char *status = option_value(&o, "--status"),
		   *limit_text = option_value(&o, "--limit"),
		   *after_text = option_value(&o, "--after");
	kyc_fn each = option_flag(&o, "--json") ? list_json : list_line;
	int64_t limit = LIST_DEFAULT;
	struct uuid after;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	if (limit_text &&
	    (!str_int(str_of(limit_text), &limit) || limit < 1 || limit > LIST_MOST)) {
		buf_printf(in->err, "--limit takes a number from 1 to %d\n", LIST_MOST);
		return 2;
	}
	if (after_text && !uuid_parse(str_of(after_text), &after)) {
		buf_z(in->err, "--after takes an application's id\n");
		return 2;
	}
	if (status && !kyc_is_status(str_of(status))) {
		buf_z(in->err, "--status takes pending, resubmit, approved, rejected or expired\n");
		return 2;
	}
	e = kyc_list(in->cx, given(status), after_text ? &after : NULL, limit, each, in);
	return e == OK ? 0 : command_failed(in, e);
}

/* By its id, or the newest of the account that the word names. */
static bool
application_argument(struct invocation *in, const char *which, struct uuid *id)
{
	struct kyc_application a;
	struct user u;
	enum err e;

	if (uuid_parse(str_of(which), id) && kyc_by_id(in->cx, id, &a) == OK)
		return true;
	if (!user_argument(in, which, &u))
		return false;
	e = kyc_latest(in->cx, &u.id, &a);
	if (e == ERR_NOT_FOUND)
		buf_printf(in->err, "%.*s has never applied\n", STR_ARG(u.email));
	else if (e != OK)
		(void)command_failed(in, e);
	*id = a.id;
	return e == OK;
}

static void
line(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "%-18s %.*s\n", name, STR_ARG(str_absent(value) ? S("-") : value));
}

static void
show_papers(struct invocation *in, const struct kyc_case *c)
{
	const struct kyc_document *d = c->documents.v;

	for (size_t i = 0; i < c->documents.n; i++)
		buf_printf(in->out, "%-18s %-7.*s %.*s, %" PRId64 " bytes%s\n", "paper",
			   STR_ARG(d[i].kind), STR_ARG(d[i].content_type), d[i].size,
			   d[i].erased_at ? ", erased" : "");
}

static void
show_history(struct invocation *in, const struct kyc_case *c)
{
	const struct kyc_step *h = c->history.v;

	for (size_t i = 0; i < c->history.n; i++)
		buf_printf(in->out, "%-18s %.*s %.*s by %.*s%s%.*s\n", "history",
			   STR_ARG(when(in->cx, h[i].at)), STR_ARG(h[i].event),
			   STR_ARG(h[i].source), h[i].reason.n ? ": " : "", STR_ARG(h[i].reason));
}

static void
show(struct invocation *in, const struct kyc_case *c)
{
	const struct kyc_application *a = &c->application;

	line(in->out, "id", uuid_text(in->cx->arena, &a->id));
	line(in->out, "email", c->email);
	line(in->out, "status", a->status);
	line(in->out, "full name", a->full_name);
	line(in->out, "date of birth", a->date_of_birth);
	line(in->out, "country", a->country);
	line(in->out, "document", a->document_type);
	line(in->out, "document number", a->document_number);
	line(in->out, "submitted", when(in->cx, a->submitted_at));
	line(in->out, "decided", when(in->cx, a->decided_at));
	line(in->out, "by", a->decided_source);
	line(in->out, "reason", a->reason);
	line(in->out, "expires", when(in->cx, a->expires_at));
	show_papers(in, c);
	show_history(in, c);
}

int
cmd_kyc_show(struct invocation *in)
{
	struct options o = options_of(in);
	const char *which = option_rest(&o);
	struct id_in id;
	struct kyc_case c;
	enum err e;

	if (!which || !options_done(&o, in->err))
		return usage(in, "kyc show APPLICATION|USER");
	if (!application_argument(in, which, &id.id))
		return 1;
	e = kyc_show(in->cx, &id, &c);
	if (e != OK)
		return command_failed(in, e);
	show(in, &c);
	return 0;
}

typedef enum err (*kyc_act)(struct ctx *cx, const struct kyc_act_in *in,
			    struct kyc_application *out);

static int
act(struct invocation *in, kyc_act fn, bool needs_reason, const char *text)
{
	struct options o = options_of(in);
	struct kyc_act_in act_in = {.reason = given(option_value(&o, "--reason"))};
	const char *which = option_rest(&o);
	struct kyc_application a;
	enum err e;

	if (!options_done(&o, in->err) || !which || (needs_reason && str_absent(act_in.reason)))
		return usage(in, text);
	if (!application_argument(in, which, &act_in.application))
		return 1;
	e = fn(in->cx, &act_in, &a);
	if (e != OK)
		return command_failed(in, e);
	buf_printf(in->out, "%.*s is %.*s%s\n", STR_ARG(uuid_text(in->cx->arena, &a.id)),
		   STR_ARG(a.status),
		   str_eq(a.status, KYC_PENDING) ? ": another approver is needed" : "");
	return 0;
}

int
cmd_kyc_approve(struct invocation *in)
{
	return act(in, kyc_approve, false, "kyc approve APPLICATION|USER [--reason R]");
}

int
cmd_kyc_reject(struct invocation *in)
{
	return act(in, kyc_reject, true, "kyc reject APPLICATION|USER --reason R");
}
