/*
 * What becomes of one row: opened, taken, delivered, and settled by how that went. Another try
 * comes after a growing pause; a server that is away holds its whole lane, since all other rows
 * would fare the same.
 */
#include "notify/outbox_lane.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/net.h"
#include "base/rnd.h"
#include "domain/kyc_provider.h"
#include "notify/payload.h"
#include "store/store.h"

#define FIRST_PAUSE (5 * SECOND)
#define LONGEST_PAUSE (30 * MINUTE) /* of a message */
#define LONGEST_HOLD (1 * MINUTE)   /* of a lane, while its server is away */

const struct lane_row lane_rows[LANES] = {
	[LANE_MAIL] = {{"email", 5},
		       "outbox",
		       50 * SECOND,
		       DAY,
		       "refused by the mail server",
		       "not sent within a day"},
	[LANE_SMS] = {{"sms", 3},
		      "outbox-sms",
		      50 * SECOND,
		      DAY,
		      "refused by the gateway",
		      "not sent within a day"},
	[LANE_KYC] = {{KYC_CHANNEL, sizeof(KYC_CHANNEL) - 1},
		      "outbox-kyc",
		      5 * MINUTE,
		      3 * DAY,
		      "refused by the provider",
		      "not handed over within three days"},
};

/* 5 s, 10 s, 20 s … most, a quarter more or less. */
static int64_t
pause_after(int64_t failures, int64_t most)
{
	int64_t pause = FIRST_PAUSE;

	for (int64_t i = 1; i < failures && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	return pause * 3 / 4 + (int64_t)rnd_jitter((uint64_t)pause / 2);
}

/* What is done to a row in a transaction. */
struct step {
	const struct outbox_row *row;
	int64_t at;
	struct str to; /* of what was handed over: the application's id */
};

static enum err
step_take(struct ctx *cx, void *arg)
{
	const struct step *s = arg;

	return outbox_take(cx, &s->row->id, s->row->attempts, s->at);
}

static enum err
step_delay(struct ctx *cx, void *arg)
{
	const struct step *s = arg;

	return outbox_delay(cx, &s->row->id, s->at);
}

static enum err
step_delete(struct ctx *cx, void *arg)
{
	const struct step *s = arg;

	return outbox_delete(cx, &s->row->id);
}

static enum err
step_handed_over(struct ctx *cx, void *arg)
{
	const struct step *s = arg;

	TRY(outbox_delete(cx, &s->row->id));
	return kyc_note_hand_over(cx, s->to, clock_now());
}

void
lane_doze(struct lane *w, int64_t us, bool deaf)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += us / SECOND;
	until.tv_nsec += us % SECOND * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&w->lock);
	while (!atomic_load(&w->stopping) && (deaf || !w->woken))
		if (pthread_cond_timedwait(&w->cond, &w->lock, &until) != 0)
			break;
	if (!deaf)
		w->woken = false;
	pthread_mutex_unlock(&w->lock);
}

/*
 * Writes what became of a message that was tried. Until that is written nothing else could be taken
 * either, so it waits for the store, though not past the lease. A row that is gone is settled.
 */
static void
settle(struct lane *w, store_fn fn, struct step *s)
{
	int64_t end = clock_mono() + lane_rows[w->kind].lease;
	enum err e = store_write(&w->cx, fn, s);

	while (e != OK && e != ERR_NOT_FOUND && clock_mono() < end && !atomic_load(&w->stopping)) {
		lane_doze(w, STORE_PAUSE, true);
		e = store_write(&w->cx, fn, s);
	}
}

/* Whom or what it is for. */
static struct log_field
log_to(const struct lane *w, const struct message *m)
{
	return w->kind == LANE_KYC ? LOG_STR("application", m->to) : LOG_EMAIL("to", m->to);
}

static void
drop(struct lane *w, const struct outbox_row *row, const struct message *m, enum log_level level,
     const char *why)
{
	struct step s = {.row = row};

	metric_count(METRIC_MESSAGES_DROPPED);
	log_event(&w->cx, level, "message_dropped", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), log_to(w, m), LOG_INT("attempts", row->attempts),
		  LOG_Z("why", why));
	settle(w, step_delete, &s);
}

static void
refused(struct lane *w, const struct outbox_row *row, const struct message *m,
	const struct mail_report *report)
{
	struct step s = {.row = row};

	metric_count(METRIC_MESSAGES_DROPPED);
	log_event(&w->cx, LOG_ERROR, "message_dropped", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), log_to(w, m),
		  LOG_Z("why", lane_rows[w->kind].refused), LOG_Z("command", report->step),
		  LOG_INT("reply", report->reply));
	settle(w, step_delete, &s);
}

static void
sent(struct lane *w, const struct outbox_row *row, const struct message *m)
{
	struct step s = {.row = row, .to = m->to};

	w->failures = 0;
	metric_count(METRIC_MESSAGES_SENT);
	settle(w, w->kind == LANE_KYC ? step_handed_over : step_delete, &s);
	log_event(&w->cx, LOG_INFO, "message_sent", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), log_to(w, m),
		  LOG_INT("attempts", row->attempts + 1));
}

static void
retry(struct lane *w, const struct outbox_row *row, const struct message *m,
      const struct mail_report *report)
{
	int64_t pause = pause_after(row->attempts + 1, LONGEST_PAUSE);
	struct step s = {.row = row, .at = clock_now() + pause};

	metric_count(METRIC_MESSAGES_DELAYED);
	log_event(&w->cx, LOG_WARNING, "message_delayed", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), log_to(w, m),
		  LOG_INT("attempts", row->attempts + 1), LOG_INT("seconds", pause / SECOND),
		  LOG_Z("command", report->step), LOG_INT("reply", report->reply),
		  LOG_Z("why", report->why));
	settle(w, step_delay, &s);
}

static void
hold(struct lane *w)
{
	w->failures++;
	w->hold_until = clock_mono() + pause_after(w->failures, LONGEST_HOLD);
}

static void
give_back(struct lane *w, const struct outbox_row *row)
{
	struct step s = {.row = row, .at = clock_now()};

	settle(w, step_delay, &s);
}

static enum mail_result
deliver_text(struct lane *w, const struct outbox_row *row, const struct message *m,
	     struct mail_report *report)
{
	struct str site = url_host(w->cx.config->server_public_url);
	struct mail mail = {.id = row->id, .to = m->to};
	struct rendering r;

	if (templates_render(&w->cx, &w->templates, m, site, &r) != OK) {
		report->why = "no such template, or its result is too large";
		return MAIL_UNFIT;
	}
	if (w->kind == LANE_SMS)
		return sms_send(&w->cx, w->gateway, m->to, r.text, report);
	mail.subject = r.subject;
	mail.text = r.text;
	mail.html = r.html;
	return mailer_send(&w->cx, w->mailer, &mail, report);
}

static enum mail_result
deliver(struct lane *w, const struct outbox_row *row, const struct message *m,
	struct mail_report *report)
{
	if (w->kind == LANE_KYC)
		return handover_send(&w->cx, w->handover, &row->id, m->to, report);
	return deliver_text(w, row, m, report);
}

static void
send_message(struct lane *w, const struct outbox_row *row, const struct message *m)
{
	struct mail_report report = {0, "", ""};

	switch (deliver(w, row, m, &report)) {
	case MAIL_SENT:
		sent(w, row, m);
		break;
	case MAIL_REFUSED:
		w->failures = 0;
		refused(w, row, m, &report);
		break;
	case MAIL_LATER:
		w->failures = 0;
		retry(w, row, m, &report);
		break;
	case MAIL_AWAY:
		hold(w);
		retry(w, row, m, &report);
		break;
	case MAIL_UNFIT:
		drop(w, row, m, LOG_ERROR, report.why);
		break;
	case MAIL_MOOT:
		drop(w, row, m, LOG_INFO, report.why);
		break;
	case MAIL_STOPPED:
		give_back(w, row);
		break;
	}
}

static bool
has_expired(const struct message *m, int64_t now)
{
	int64_t at;

	for (size_t i = 0; i < MESSAGE_VARS && m->vars[i].name; i++)
		if (strcmp(m->vars[i].name, "expires_at") == 0 && time_parse(m->vars[i].value, &at))
			return at <= now;
	return false;
}

enum err
lane_carry_out(struct lane *w, const struct outbox_row *row)
{
	struct message m = {.template = "", .to = S("")};
	int64_t now = clock_now();
	struct step take = {.row = row, .at = now + lane_rows[w->kind].lease};
	struct step gone = {.row = row};
	enum err e;

	/* As much work as a message, for nobody: domain/proof.h. */
	if (str_eq(row->channel, S("void"))) {
		settle(w, step_delete, &gone);
		return OK;
	}
	if (payload_open(&w->cx, row, &m) != OK) {
		drop(w, row, &m, LOG_ERROR, "not sealed under this server's master key");
		return OK;
	}
	if (has_expired(&m, now)) {
		drop(w, row, &m, LOG_WARNING, "its code or link has expired");
		return OK;
	}
	if (row->created_at + lane_rows[w->kind].give_up <= now) {
		drop(w, row, &m, LOG_ERROR, lane_rows[w->kind].late);
		return OK;
	}
	e = store_write(&w->cx, step_take, &take);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	send_message(w, row, &m);
	return OK;
}
