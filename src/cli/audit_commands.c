/* The audit chain from the terminal. */
#include "base/clock.h"
#include "cli/command.h"
#include "domain/audit_chain.h"

static void
tell_broken(struct invocation *in, const struct audit_report *r)
{
	buf_z(in->err, "the audit chain is broken: ");
	if (r->bad_seq)
		buf_printf(in->err, "event %" PRId64 " ", r->bad_seq);
	else if (!uuid_is_zero(&r->bad_id))
		buf_z(in->err, "an event ");
	if (!uuid_is_zero(&r->bad_id))
		buf_printf(in->err, "(%.*s) ", STR_ARG(uuid_text(in->cx->arena, &r->bad_id)));
	buf_printf(in->err, "%s; %" PRId64 " events before it are good\n", r->wrong, r->events);
}

static void
tell_whole(struct invocation *in, const struct audit_report *r)
{
	char first[RFC3339_ROOM], last[RFC3339_ROOM];

	buf_printf(in->out, "the audit chain is whole: %" PRId64 " events", r->events);
	if (r->events) {
		time_format(first, r->first_at);
		time_format(last, r->last_at);
		buf_printf(in->out, ", from %s to %s", first, last);
	}
	if (r->unchained)
		buf_printf(in->out, "; %" PRId64 " older ones are from before the chain",
			   r->unchained);
	buf_char(in->out, '\n');
}

int
cmd_audit_verify(struct invocation *in)
{
	struct options o = options_of(in);
	struct audit_report report;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	e = audit_verify(in->cx, &report);
	if (e != OK)
		return command_failed(in, e);
	if (report.wrong)
		tell_broken(in, &report);
	else
		tell_whole(in, &report);
	return report.wrong ? 1 : 0;
}
