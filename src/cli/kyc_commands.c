/* Identity checks from the terminal: the same use cases as a reviewer's, by the operator. Papers
 * are not shown here: who sees one stands in the audit log by account. */
#include "base/json_write.h"
#include "cli/user_argument.h"
#include "domain/kyc_review.h"

static void
list_line(struct ctx *cx, const struct kyc_application *a, void *arg)
{
	struct invocation *in = arg;

	buf_printf(in->out, "%.*s  %-8.*s  %.*s  %.*s  %.*s\n",
		   STR_ARG(uuid_text(cx->arena, &a->id)), STR_ARG(a->status),
		   STR_ARG(command_time(cx, a->submitted_at)), STR_ARG(a->country),
		   STR_ARG(a->full_name));
}

static void
list_json(struct ctx *cx UNUSED, const struct kyc_application *a, void *arg)
{
	struct invocation *in = arg;
	struct json_out w = json_to(in->out);

	json_open(&w);
	json_pair_uuid(&w, "id", &a->id);
	json_pair_uuid(&w, "user_id", &a->user_id);
	json_pair_str(&w, "status", a->status);
	json_pair_str(&w, "full_name", a->full_name);
	json_pair_str(&w, "country", a->country);
	json_pair_time(&w, "submitted_at", a->submitted_at);
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
	const struct uuid *after;
	struct uuid id;
	int64_t limit;
	enum err e;

	if (!options_done(&o, in->err) ||
	    !option_page(in, limit_text, after_text, "an application's", &limit, &id, &after))
		return 2;
	if (status && !kyc_is_status(str_of(status))) {
		buf_z(in->err, "--status takes pending, resubmit, approved, rejected or expired\n");
		return 2;
	}
	e = kyc_list(in->cx, str_of(status), after, limit, each, in);
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
			   STR_ARG(command_time(in->cx, h[i].at)), STR_ARG(h[i].event),
			   STR_ARG(h[i].source), h[i].reason.n ? ": " : "", STR_ARG(h[i].reason));
}

static void
show(struct invocation *in, const struct kyc_case *c)
{
	const struct kyc_application *a = &c->application;

	command_line(in, "id", uuid_text(in->cx->arena, &a->id));
	command_line(in, "email", c->email);
	command_line(in, "status", a->status);
	command_line(in, "full name", a->full_name);
	command_line(in, "date of birth", a->date_of_birth);
	command_line(in, "country", a->country);
	command_line(in, "document", a->document_type);
	command_line(in, "document number", a->document_number);
	command_line(in, "submitted", command_time(in->cx, a->submitted_at));
	command_line(in, "decided", command_time(in->cx, a->decided_at));
	command_line(in, "by", a->decided_source);
	command_line(in, "reason", a->reason);
	command_line(in, "expires", command_time(in->cx, a->expires_at));
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
		return command_usage(in, "kyc show APPLICATION|USER");
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
	struct kyc_act_in act_in = {.reason = str_of(option_value(&o, "--reason"))};
	const char *which = option_rest(&o);
	struct kyc_application a;
	enum err e;

	if (!options_done(&o, in->err) || !which || (needs_reason && str_absent(act_in.reason)))
		return command_usage(in, text);
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
