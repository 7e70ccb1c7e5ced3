/*
 * The outbox's other end, a lane for mails and one for text messages: each has its own thread, so
 * that neither waits for the other's server. A row is taken (leased) in one transaction, sent
 * outside of any, and deleted in another, so a crash in between sends a message twice at worst and
 * never loses one. The rows of a lane are sent one after the other: a mail server is the narrow
 * place, and while it is away only one row at a time knocks at its door.
 */
#include "notify/outbox_worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/net.h"
#include "base/rnd.h"
#include "notify/mail.h"
#include "notify/payload.h"
#include "notify/sms.h"
#include "notify/templates.h"
#include "store/outbox.h"
#include "store/store.h"

#include <pthread.h>
#include <signal.h>

#define ROUND 20            /* rows read at once */
#define LEASE (50 * SECOND) /* longer than a message can take */
#define FIRST_PAUSE (5 * SECOND)
#define LONGEST_PAUSE (30 * MINUTE) /* of a message */
#define LONGEST_HOLD (1 * MINUTE)   /* of a lane, while its server is away */
#define GIVE_UP (24 * HOUR)
#define STORE_PAUSE (1 * SECOND)
#define IDLE_PAUSE (30 * SECOND) /* another server on the same store may have left a row behind */
#define ROWS_MAX ((size_t)8 * 1024 * 1024)
#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)
#define RELEASE_MAX ((size_t)64 * 1024)

enum lane_kind { LANE_MAIL, LANE_SMS, LANES };

static const struct {
	struct str channel;
	const char *thread, *server;
} kinds[LANES] = {
	[LANE_MAIL] = {{"email", 5}, "outbox", "refused by the mail server"},
	[LANE_SMS] = {{"sms", 3}, "outbox-sms", "refused by the gateway"},
};

struct lane {
	enum lane_kind kind;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool woken;
	atomic_bool stopping, reload;
	struct ctx cx;
	struct arena rows_arena;    /* rows of one round */
	struct arena message_arena; /* all else, one message at a time */
	struct templates templates;
	struct mailer *mailer;       /* of LANE_MAIL */
	struct sms_gateway *gateway; /* of LANE_SMS */
	int64_t failures;            /* connections that failed in a row */
	int64_t hold_until;          /* monotonic; no connection is tried before */
};

struct outbox_worker {
	struct lane *lanes[LANES];
};

struct round {
	struct outbox_row v[ROUND];
	size_t n;
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

/* Sleeps until it is time, woken or stopped; with deaf only until it is time or stopped. */
static void
doze(struct lane *w, int64_t us, bool deaf)
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
	int64_t end = clock_mono() + LEASE;
	enum err e = store_write(&w->cx, fn, s);

	while (e != OK && e != ERR_NOT_FOUND && clock_mono() < end && !atomic_load(&w->stopping)) {
		doze(w, STORE_PAUSE, true);
		e = store_write(&w->cx, fn, s);
	}
}

static void
drop(struct lane *w, const struct outbox_row *row, const struct message *m, enum log_level level,
     const char *why)
{
	struct step s = {row, 0};

	metric_count(METRIC_MESSAGES_DROPPED);
	log_event(&w->cx, level, "message_dropped", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), LOG_EMAIL("to", m->to),
		  LOG_INT("attempts", row->attempts), LOG_Z("why", why));
	settle(w, step_delete, &s);
}

static void
refused(struct lane *w, const struct outbox_row *row, const struct message *m,
	const struct mail_report *report)
{
	struct step s = {row, 0};

	metric_count(METRIC_MESSAGES_DROPPED);
	log_event(&w->cx, LOG_ERROR, "message_dropped", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), LOG_EMAIL("to", m->to),
		  LOG_Z("why", kinds[w->kind].server), LOG_Z("command", report->step),
		  LOG_INT("reply", report->reply));
	settle(w, step_delete, &s);
}

static void
sent(struct lane *w, const struct outbox_row *row, const struct message *m)
{
	struct step s = {row, 0};

	w->failures = 0;
	metric_count(METRIC_MESSAGES_SENT);
	settle(w, step_delete, &s);
	log_event(&w->cx, LOG_INFO, "message_sent", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), LOG_EMAIL("to", m->to),
		  LOG_INT("attempts", row->attempts + 1));
}

static void
retry(struct lane *w, const struct outbox_row *row, const struct message *m,
      const struct mail_report *report)
{
	int64_t pause = pause_after(row->attempts + 1, LONGEST_PAUSE);
	struct step s = {row, clock_now() + pause};

	metric_count(METRIC_MESSAGES_DELAYED);
	log_event(&w->cx, LOG_WARNING, "message_delayed", LOG_UUID("message", &row->id),
		  LOG_Z("template", m->template), LOG_EMAIL("to", m->to),
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
	struct step s = {row, clock_now()};

	settle(w, step_delay, &s);
}

static enum mail_result
hand_over(struct lane *w, const struct outbox_row *row, const struct message *m,
	  const struct rendering *r, struct mail_report *report)
{
	struct mail mail = {
		.id = row->id,
		.to = m->to,
		.subject = r->subject,
		.text = r->text,
		.html = r->html,
	};

	if (w->kind == LANE_SMS)
		return sms_send(&w->cx, w->gateway, m->to, r->text, report);
	return mailer_send(&w->cx, w->mailer, &mail, report);
}

static void
send_message(struct lane *w, const struct outbox_row *row, const struct message *m)
{
	struct mail_report report = {0, "", ""};
	struct str site = url_host(w->cx.config->server_public_url);
	struct rendering r;

	if (templates_render(&w->cx, &w->templates, m, site, &r) != OK) {
		drop(w, row, m, LOG_ERROR, "no such template, or its result is too large");
		return;
	}
	switch (hand_over(w, row, m, &r, &report)) {
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

/* OK also when the row is another's or was dropped; else the store's error. */
static enum err
carry_out(struct lane *w, const struct outbox_row *row)
{
	struct message m = {.template = "", .to = S("")};
	int64_t now = clock_now();
	struct step take = {row, now + LEASE};
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
	if (row->created_at + GIVE_UP <= now) {
		drop(w, row, &m, LOG_ERROR, "not sent within a day");
		return OK;
	}
	e = store_write(&w->cx, step_take, &take);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	send_message(w, row, &m);
	return OK;
}

static void
collect(struct ctx *cx, const struct outbox_row *r, void *arg)
{
	struct round *round = arg;

	if (round->n < ROUND)
		round->v[round->n++] = *r;
}

static void
next_message(struct lane *w)
{
	w->cx.arena = &w->message_arena;
	arena_reset(w->cx.arena);
	fault_clear(&w->cx);
	if (atomic_exchange(&w->reload, false))
		templates_load(&w->cx, &w->templates, w->cx.config->mail_templates);
}

static enum err
run_round(struct lane *w)
{
	struct round round = {.n = 0};
	enum err e;

	arena_reset(&w->rows_arena);
	w->cx.arena = &w->rows_arena;
	e = outbox_due(&w->cx, kinds[w->kind].channel, clock_now(), ROUND, collect, &round);
	for (size_t i = 0; e == OK && i < round.n; i++) {
		if (atomic_load(&w->stopping) || w->hold_until > clock_mono())
			break;
		next_message(w);
		e = carry_out(w, &round.v[i]);
	}
	next_message(w);
	return e;
}

static void
rest(struct lane *w)
{
	int64_t held = w->hold_until - clock_mono(), at, wait;

	if (held > 0) {
		doze(w, held, true);
		return;
	}
	if (outbox_next(&w->cx, kinds[w->kind].channel, &at) != OK) {
		doze(w, STORE_PAUSE, true);
		return;
	}
	wait = at ? at - clock_now() : IDLE_PAUSE;
	if (wait > 0)
		doze(w, wait < IDLE_PAUSE ? wait : IDLE_PAUSE, false);
}

static void *
work(void *arg)
{
	struct lane *w = arg;

	while (!atomic_load(&w->stopping)) {
		if (run_round(w) != OK)
			doze(w, STORE_PAUSE, true);
		else
			rest(w);
	}
	store_thread_end(w->cx.store);
	return NULL;
}

static void
wake(void *arg)
{
	outbox_worker_wake(arg);
}

static struct lane *
lane_new(const struct ctx *base_cx, enum lane_kind kind)
{
	struct lane *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	if (!w)
		die("out of memory");
	w->kind = kind;
	arena_init(&w->rows_arena, ROWS_MAX);
	arena_init(&w->message_arena, MESSAGE_MAX);
	templates_init(&w->templates);
	w->cx = *base_cx;
	w->cx.arena = &w->message_arena;
	w->cx.db = NULL;
	w->cx.caller = NULL;
	w->cx.request_id = STR_NONE;
	fault_clear(&w->cx);
	atomic_store(&w->reload, true);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->cond, &attr);
	pthread_condattr_destroy(&attr);
	return w;
}

static void
lane_free(struct lane *w)
{
	mailer_close(w->mailer);
	sms_gateway_close(w->gateway);
	templates_release(&w->templates);
	arena_release(&w->rows_arena);
	arena_release(&w->message_arena);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Signals are for the main thread; SIGPIPE too, which a TLS connection that broke would raise here.
 */
static int
start_thread(struct lane *w)
{
	sigset_t all, was;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	failed = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (!failed)
		pthread_setname_np(w->thread, kinds[w->kind].thread);
	return failed;
}

static enum err
release(struct ctx *cx, void *arg)
{
	return outbox_release(cx, clock_now());
}

/* What a killed process had in hand. An embedded store has no other worker whose lease could count.
 */
static void
release_leases(const struct ctx *base_cx)
{
	struct ctx cx = *base_cx;
	struct arena arena;

	arena_init(&arena, RELEASE_MAX);
	cx.arena = &arena;
	if (store_is_embedded(cx.store) && store_write(&cx, release, NULL) != OK)
		log_event(&cx, LOG_WARNING, "outbox_release_failed");
	arena_release(&arena);
}

static enum err
lane_open(struct lane *w)
{
	enum err e = w->kind == LANE_SMS ? sms_gateway_open(&w->cx, &w->stopping, &w->gateway)
					 : mailer_open(&w->cx, &w->stopping, &w->mailer);

	if (e != OK)
		log_event(&w->cx, LOG_ERROR, "message_settings",
			  LOG_STR("why", w->cx.fault.detail));
	return e;
}

static enum err
lane_start(const struct ctx *base_cx, enum lane_kind kind, struct lane **out)
{
	struct lane *w = lane_new(base_cx, kind);

	if (lane_open(w) != OK) {
		lane_free(w);
		return ERR_INVALID;
	}
	if (start_thread(w) != 0) {
		lane_free(w);
		return ERR_UNAVAILABLE;
	}
	*out = w;
	return OK;
}

static void
lane_stop(struct lane *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	atomic_store(&w->stopping, true);
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	lane_free(w);
}

static void
lane_wake(struct lane *w)
{
	pthread_mutex_lock(&w->lock);
	w->woken = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

enum err
outbox_worker_start(const struct ctx *base_cx, struct outbox_worker **out)
{
	struct outbox_worker *o = calloc(1, sizeof(*o));
	enum err e = OK;

	if (!o)
		die("out of memory");
	release_leases(base_cx);
	for (int kind = 0; e == OK && kind < LANES; kind++)
		e = lane_start(base_cx, (enum lane_kind)kind, &o->lanes[kind]);
	if (e != OK) {
		outbox_worker_stop(o);
		return e;
	}
	store_on_outbox(base_cx->store, wake, o);
	*out = o;
	return OK;
}

void
outbox_worker_stop(struct outbox_worker *o)
{
	if (!o)
		return;
	if (o->lanes[0])
		store_on_outbox(o->lanes[0]->cx.store, NULL, NULL);
	for (size_t i = 0; i < LANES; i++)
		lane_stop(o->lanes[i]);
	free(o);
}

void
outbox_worker_wake(struct outbox_worker *o)
{
	for (size_t i = 0; i < LANES; i++)
		lane_wake(o->lanes[i]);
}

void
outbox_worker_reload(struct outbox_worker *o)
{
	for (size_t i = 0; i < LANES; i++)
		atomic_store(&o->lanes[i]->reload, true);
	outbox_worker_wake(o);
}
