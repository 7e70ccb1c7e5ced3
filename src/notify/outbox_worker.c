/*
 * The outbox's other end, a lane for mails, one for text messages and, where a provider of identity
 * checks is configured, one for it: each has its own thread, so that none waits for another's
 * server. A row is taken (leased) in one transaction, sent outside of any, and deleted in another,
 * so a crash in between sends a message twice at worst and never loses one. The rows of a lane are
 * sent one after the other: a mail server is the narrow place, and while it is away only one row at
 * a time knocks at its door.
 */
#include "notify/outbox_worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/caller.h"
#include "notify/outbox_lane.h"
#include "store/store.h"

#include <signal.h>

#define ROUND 20                 /* rows read at once */
#define IDLE_PAUSE (30 * SECOND) /* another server on the same store may have left a row behind */
#define ROWS_MAX ((size_t)8 * 1024 * 1024)
#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)
#define RELEASE_MAX ((size_t)64 * 1024)

static const struct caller nobody = {.bearer = BEARER_NONE};

struct outbox_worker {
	struct lane *lanes[LANES];
};

struct round {
	struct outbox_row v[ROUND];
	size_t n;
};

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
	if (w->kind != LANE_KYC && atomic_exchange(&w->reload, false))
		templates_load(&w->cx, &w->templates, w->cx.config->mail_templates);
}

static enum err
run_round(struct lane *w)
{
	struct round round = {.n = 0};
	enum err e;

	arena_reset(&w->rows_arena);
	w->cx.arena = &w->rows_arena;
	e = outbox_due(&w->cx, lane_rows[w->kind].channel, clock_now(), ROUND, collect, &round);
	for (size_t i = 0; e == OK && i < round.n; i++) {
		if (atomic_load(&w->stopping) || w->hold_until > clock_mono())
			break;
		next_message(w);
		e = lane_carry_out(w, &round.v[i]);
	}
	next_message(w);
	return e;
}

static void
rest(struct lane *w)
{
	int64_t held = w->hold_until - clock_mono(), at, wait;

	if (held > 0) {
		lane_doze(w, held, true);
		return;
	}
	if (outbox_next(&w->cx, lane_rows[w->kind].channel, &at) != OK) {
		lane_doze(w, STORE_PAUSE, true);
		return;
	}
	wait = at ? at - clock_now() : IDLE_PAUSE;
	if (wait > 0)
		lane_doze(w, wait < IDLE_PAUSE ? wait : IDLE_PAUSE, false);
}

static void *
work(void *arg)
{
	struct lane *w = arg;

	while (!atomic_load(&w->stopping)) {
		if (run_round(w) != OK)
			lane_doze(w, STORE_PAUSE, true);
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
	w->cx.caller = &nobody;
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
	handover_close(w->handover);
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
		pthread_setname_np(w->thread, lane_rows[w->kind].thread);
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
	enum err e = OK;

	if (w->kind == LANE_KYC)
		w->handover = handover_open(&w->cx, &w->stopping);
	else if (w->kind == LANE_SMS)
		e = sms_gateway_open(&w->cx, &w->stopping, &w->gateway);
	else
		e = mailer_open(&w->cx, &w->stopping, &w->mailer);
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
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->woken = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

/* What waits for a provider that is not configured any more waits until one is. */
static bool
is_wanted(const struct ctx *cx, int kind)
{
	return kind != LANE_KYC || !str_absent(cx->config->kyc_provider_url);
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
		if (is_wanted(base_cx, kind))
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
		if (o->lanes[i])
			atomic_store(&o->lanes[i]->reload, true);
	outbox_worker_wake(o);
}
