/*
 * Two facts beside the events say where the chain ends (the head) and where it begins (the start,
 * which moves when old events are taken away); both are sealed by a MAC of their own, else the last
 * events could be cut off by writing an older head. A head that is forged or missing is not mended:
 * the next event is chained to nothing, so that the break stays to be seen.
 *
 * All writers meet at the head's row, which is written before the event, since two events of one
 * number would be told as something that is taken. On PostgreSQL the later of two transactions is
 * run again (direct.c), so what happens a thousand times a second, the refresh, writes no event.
 */
#include "domain/audit_chain.h"

#include "crypto/vault.h"
#include "store/key.h"

#include <endian.h>

#define BATCH 200
#define BATCH_ARENA ((size_t)16 * 1024 * 1024)
#define TRIES_MOST 5

/* A place in the chain, as its fact holds it. */
struct mark {
	uint64_t seq;       /* big-endian, as the next */
	uint64_t unchained; /* of the start: events that were there before it */
	uint8_t mac[MAC_SIZE];
	uint8_t seal[MAC_SIZE];
};

static const struct str head_name = {"audit_head", 10}, start_name = {"audit_start", 11};

static void
seal_mark(struct ctx *cx, struct str name, const struct mark *m, uint8_t out[static MAC_SIZE])
{
	const struct str parts[] = {name, {(const char *)m, offsetof(struct mark, seal)}};

	vault_mac_parts(cx->vault, VAULT_AUDIT, parts, ARRAY_LEN(parts), out);
}

/* ERR_NOT_FOUND when there is none, ERR_INVALID when it was not written by us. */
static enum err
mark_get(struct ctx *cx, struct str name, struct mark *out)
{
	struct secret ours, theirs;
	uint8_t seal[MAC_SIZE];
	struct str value;
	struct mark m;

	TRY(fact_get(cx, name, &value));
	if (value.n != sizeof(m))
		return ERR_INVALID;
	memcpy(&m, value.p, sizeof(m));
	seal_mark(cx, name, &m, seal);
	ours = (struct secret){(const char *)seal, sizeof(seal)};
	theirs = (struct secret){(const char *)m.seal, sizeof(m.seal)};
	if (!secret_eq(ours, theirs))
		return ERR_INVALID;
	*out = m;
	return OK;
}

static enum err
mark_set(struct ctx *cx, struct str name, struct mark *m)
{
	seal_mark(cx, name, m, m->seal);
	return fact_set(cx, name, (struct str){arena_copy(cx->arena, m, sizeof(*m)), sizeof(*m)});
}

static struct str
bytes(const void *p, size_t n)
{
	return (struct str){p, n};
}

static void
event_mac(struct ctx *cx, const uint8_t before[static MAC_SIZE], const struct audit_event *e,
	  uint8_t out[static MAC_SIZE])
{
	uint64_t seq = htobe64((uint64_t)e->seq), at = htobe64((uint64_t)e->at);
	char there = (char)((str_absent(e->ip) ? 0 : 1) + (str_absent(e->request_id) ? 0 : 2) +
			    (str_absent(e->detail) ? 0 : 4));
	const struct str parts[] = {
		bytes(before, MAC_SIZE),
		bytes(&seq, sizeof(seq)),
		bytes(&at, sizeof(at)),
		bytes(e->id.b, sizeof(e->id.b)),
		bytes(e->actor_id.b, sizeof(e->actor_id.b)),
		bytes(e->subject_id.b, sizeof(e->subject_id.b)),
		bytes(&there, 1),
		e->action,
		e->ip,
		e->request_id,
		e->detail,
	};

	vault_mac_parts(cx->vault, VAULT_AUDIT, parts, ARRAY_LEN(parts), out);
}

static enum err
start_chain(struct ctx *cx, struct mark *head)
{
	struct mark start = {0};
	int64_t unchained;

	TRY(audit_unchained_count(cx, &unchained));
	start.unchained = htobe64((uint64_t)unchained);
	*head = start;
	return mark_set(cx, start_name, &start);
}

/* Where a chain goes on whose head can't be believed. */
static enum err
after_break(struct ctx *cx, struct mark *head)
{
	struct audit_event last = {0};

	TRY(err_map(audit_last(cx, &last), ERR_NOT_FOUND, OK));
	*head = (struct mark){.seq = htobe64((uint64_t)last.seq)};
	memset(head->mac, 0xff, sizeof(head->mac));
	return OK;
}

static enum err
find_head(struct ctx *cx, struct mark *head)
{
	struct audit_event last;
	struct mark start;
	enum err e = mark_get(cx, head_name, head);

	if (e == ERR_NOT_FOUND && audit_last(cx, &last) == ERR_NOT_FOUND &&
	    mark_get(cx, start_name, &start) == ERR_NOT_FOUND)
		return start_chain(cx, head);
	return e == ERR_NOT_FOUND || e == ERR_INVALID ? after_break(cx, head) : e;
}

enum err
audit_append(struct ctx *cx, struct audit_event *e)
{
	struct mark head;
	uint8_t mac[MAC_SIZE];

	TRY(find_head(cx, &head));
	e->seq = (int64_t)be64toh(head.seq) + 1;
	event_mac(cx, head.mac, e, mac);
	e->mac = (struct str){arena_copy(cx->arena, mac, sizeof(mac)), sizeof(mac)};
	head.seq = htobe64((uint64_t)e->seq);
	memcpy(head.mac, mac, sizeof(mac));
	TRY(mark_set(cx, head_name, &head));
	return audit_insert(cx, e);
}

struct trimming {
	int64_t before, n;
	struct mark start;
	bool done;
};

static void
trim_one(struct ctx *cx, const struct audit_event *e, void *arg)
{
	struct trimming *t = arg;

	t->done |= e->at >= t->before || e->mac.n != MAC_SIZE;
	if (t->done)
		return;
	t->start.seq = htobe64((uint64_t)e->seq);
	memcpy(t->start.mac, e->mac.p, MAC_SIZE);
	t->n++;
}

enum err
audit_trim(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed)
{
	struct trimming t = {.before = before};
	enum err e = mark_get(cx, start_name, &t.start);

	*removed = 0;
	if (e == ERR_NOT_FOUND)
		return audit_sweep_unchained(cx, before, limit, removed);
	if (e == ERR_INVALID)
		return fail(cx, ERR_INTERNAL,
			    "The start of the audit chain was not written by us.");
	TRY(e);
	TRY(audit_sweep_unchained(cx, before, limit, removed));
	TRY(audit_chain(cx, (int64_t)be64toh(t.start.seq), limit, trim_one, &t));
	if (t.n == 0)
		return OK;
	TRY(audit_delete_chained(cx, (int64_t)be64toh(t.start.seq)));
	*removed = t.n;
	return mark_set(cx, start_name, &t.start);
}

struct walk {
	struct audit_report *report;
	uint8_t mac[MAC_SIZE]; /* of the event before */
	int64_t seq, end;
	size_t read;
};

static void
complain(struct walk *w, int64_t seq, const struct uuid *id, const char *what)
{
	if (w->report->wrong)
		return;
	w->report->wrong = what;
	w->report->bad_seq = seq;
	w->report->bad_id = id ? *id : (struct uuid){{0}};
}

static void
check_one(struct ctx *cx, const struct audit_event *e, void *arg)
{
	struct walk *w = arg;
	struct audit_report *report = w->report;
	uint8_t mac[MAC_SIZE];

	w->read++;
	if (report->wrong || e->seq > w->end)
		return;
	if (e->seq != w->seq + 1) {
		complain(w, w->seq + 1, NULL, "is missing");
		return;
	}
	event_mac(cx, w->mac, e, mac);
	if (!secret_eq(secret_of(bytes(mac, sizeof(mac))), secret_of(e->mac))) {
		complain(w, e->seq, &e->id, "was changed, or does not follow the one before");
		return;
	}
	if (report->events++ == 0)
		report->first_at = e->at;
	report->last_at = e->at;
	w->seq = e->seq;
	memcpy(w->mac, mac, sizeof(mac));
}

/* Batch by batch, each in memory of its own. */
static enum err
check_all(struct ctx *cx, struct walk *w)
{
	struct arena arena;
	struct ctx inner = *cx;
	enum err e = OK;

	arena_init(&arena, BATCH_ARENA);
	inner.arena = &arena;
	do {
		w->read = 0;
		e = audit_chain(&inner, w->seq, BATCH, check_one, w);
		arena_reset(&arena);
	} while (e == OK && w->read == BATCH && !w->report->wrong && w->seq < w->end);
	arena_release(&arena);
	return e;
}

static enum err
check_unchained(struct ctx *cx, struct walk *w, const struct mark *start)
{
	struct audit_event e = {0};
	enum err found;

	TRY(audit_unchained_count(cx, &w->report->unchained));
	if (w->report->unchained <= (int64_t)be64toh(start->unchained))
		return OK;
	found = audit_unchained(cx, &e);
	if (found == OK)
		complain(w, 0, &e.id, "stands outside the chain");
	return err_map(found, ERR_NOT_FOUND, OK);
}

/* Nothing may stand behind the head. It moves meanwhile, so it is read after the last event. */
static enum err
check_behind(struct ctx *cx, struct walk *w)
{
	struct audit_event last = {0};
	struct mark head;

	TRY(err_map(audit_last(cx, &last), ERR_NOT_FOUND, OK));
	if (mark_get(cx, head_name, &head) == OK && last.seq > (int64_t)be64toh(head.seq))
		complain(w, last.seq, &last.id, "stands behind the head of the chain");
	return OK;
}

static enum err
verify(struct ctx *cx, struct mark *start, struct audit_report *out)
{
	struct walk w = {.report = out};
	struct mark head;
	struct audit_event last;
	enum err has_start = mark_get(cx, start_name, start),
		 has_head = mark_get(cx, head_name, &head);

	if (has_start == ERR_NOT_FOUND && has_head == ERR_NOT_FOUND &&
	    audit_last(cx, &last) == ERR_NOT_FOUND)
		return audit_unchained_count(cx, &out->unchained);
	if (has_start != OK || has_head != OK) {
		complain(&w, 0, NULL,
			 has_start != OK ? "the start of the chain is missing or forged"
					 : "the head of the chain is missing or forged");
		return OK;
	}
	w.seq = (int64_t)be64toh(start->seq);
	w.end = (int64_t)be64toh(head.seq);
	memcpy(w.mac, start->mac, sizeof(w.mac));
	TRY(check_all(cx, &w));
	if (w.seq < w.end)
		complain(&w, w.seq + 1, NULL, "is missing");
	else if (memcmp(w.mac, head.mac, sizeof(w.mac)) != 0)
		complain(&w, w.seq, NULL, "is not the one that the head names");
	TRY(check_behind(cx, &w));
	return check_unchained(cx, &w, start);
}

/* Old events may be taken away meanwhile: then it begins anew. */
enum err
audit_verify(struct ctx *cx, struct audit_report *out)
{
	struct mark start = {0}, now = {0};
	int tries = 0;

	do {
		*out = (struct audit_report){0};
		TRY(verify(cx, &start, out));
		TRY(err_map(err_map(mark_get(cx, start_name, &now), ERR_NOT_FOUND, OK), ERR_INVALID,
			    OK));
	} while (out->wrong && memcmp(&start, &now, sizeof(now)) != 0 && ++tries < TRIES_MOST);
	return OK;
}
