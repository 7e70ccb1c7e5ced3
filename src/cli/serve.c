/*
 * The server's life: open everything, serve until a signal, close everything in the other order.
 * Signals are waited for by this thread alone; no handler ever runs.
 */
#include "api/route.h"
#include "base/config.h"
#include "base/log.h"
#include "base/settle.h"
#include "cli/command.h"
#include "domain/keys.h"
#include "notify/outbox_worker.h"
#include "server/certificate.h"
#include "server/control.h"
#include "server/jobs.h"
#include "server/service.h"
#include "server/systemd.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define STOP_PATIENCE (10 * SECOND)
#define WORKERS_BESIDE_HASHES 32
#define QUEUE_MAX 1024

struct serving {
	struct app app;
	struct tls *tls;
	struct outbox_worker *outbox;
	struct jobs *jobs;
	struct control *control;
	struct http_server *http;
};

/* Neither a core dump nor another process of this user may show what is in memory. */
static void
harden(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

/* A connection takes a descriptor each, and what a shell allows by default is a thousand. */
static void
raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int64_t
hash_slots(const struct config *c)
{
	return c->password_hash_slots ? c->password_hash_slots : sysconf(_SC_NPROCESSORS_ONLN);
}

static enum err
start(struct serving *s, const struct config *config, enum store_migration how, struct buf *problem)
{
	struct http_service service;
	struct http_options options = {
		.listen = config->server_listen,
		.inherited_fd = -1,
		.loops = (int)config->server_threads,
		.workers_max = (int)(hash_slots(config) + config->password_hash_queue) +
			       WORKERS_BESIDE_HASHES,
		.queue_max = QUEUE_MAX,
	};

	TRY(systemd_socket(&options.inherited_fd, problem));
	TRY(certificate_open(config, &s->tls, problem));
	options.tls = s->tls;
	TRY(app_open(&s->app, config, how, problem));
	settle(); /* before there are threads that load libraries */
	TRY(outbox_worker_start(&s->app.cx, &s->outbox));
	TRY(jobs_start(&s->app, s->tls, &s->jobs));
	TRY(control_start(&s->app, command_run_remote, &s->control, problem));
	service = service_of(&s->app);
	TRY(http_start(&options, &service, &s->http, problem));
	log_event(NULL, LOG_INFO, "serving", LOG_STR("address", http_address(s->http)),
		  LOG_STR("public_url", config->server_public_url));
	systemd_notify("READY=1");
	return OK;
}

static void
stop(struct serving *s)
{
	if (s->http)
		http_stop(s->http, STOP_PATIENCE);
	control_stop(s->control);
	if (s->outbox)
		outbox_worker_stop(s->outbox);
	jobs_stop(s->jobs);
	if (s->app.config) {
		store_thread_end(s->app.cx.store);
		app_close(&s->app);
	}
	tls_close(s->tls);
}

static void
reload(struct serving *s)
{
	struct arena arena;
	struct ctx cx = s->app.cx;
	enum err e;

	arena_init(&arena, 4 * 1024 * 1024);
	cx.arena = &arena;
	systemd_reloading();
	outbox_worker_reload(s->outbox);
	certificate_reload(s->tls);
	e = keys_reload(&cx);
	log_event(NULL, e == OK ? LOG_INFO : LOG_WARNING, "reloaded");
	arena_release(&arena);
	systemd_notify("READY=1");
}

static void
wait_for_end(struct serving *s, const sigset_t *set)
{
	int got = 0;

	for (;;) {
		if (sigwait(set, &got) != 0)
			continue;
		if (got != SIGHUP)
			break;
		reload(s);
	}
	systemd_notify("STOPPING=1");
	log_event(NULL, LOG_INFO, "stopping",
		  LOG_Z("signal", got == SIGTERM ? "SIGTERM" : "SIGINT"));
}

int
cmd_serve(struct invocation *in)
{
	const struct config *config = in->cx->config;
	struct options o = options_of(in);
	enum store_migration how =
		option_flag(&o, "--no-migrate") ? STORE_MUST_BE_CURRENT : STORE_MIGRATE;
	struct serving s = {0};
	sigset_t signals;
	enum err e;

	if (!options_done(&o, in->err))
		return 2;
	log_setup(str_eq(config->log_format, S("json")) ? LOG_JSON : LOG_LOGFMT, LOG_INFO);
	harden();
	raise_descriptors();
	routes_check();
	block_signals(&signals);
	e = start(&s, config, how, in->err);
	if (e == OK)
		wait_for_end(&s, &signals);
	else if (e == ERR_TAKEN && in->err->n == 0)
		buf_z(in->err, "another process has this store open");
	else if (in->err->n == 0)
		buf_z(in->err, err_row(e)->sentence);
	stop(&s);
	if (e != OK)
		buf_char(in->err, '\n');
	return e == OK ? 0 : 1;
}
