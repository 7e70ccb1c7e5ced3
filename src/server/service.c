/* Hands each request to the pipeline, and writes one line about it when it is answered. Queries are
 * not logged: they can hold tokens. */
#include "server/service.h"

#include "api/pipeline.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

static enum http_next
head(void *arg, struct exchange *ex)
{
	const struct app *app = arg;
	struct job *job;
	enum pipeline_next next = pipeline_head(&app->cx, &ex->arena, &ex->request, &ex->answer,
						&job, &ex->body_limit);

	ex->route = job;
	ex->body_unread = job->route && job->route->flags & ROUTE_GATE;
	if (job->upload) {
		ex->upload_folder = app->cx.config->server_data_dir;
		ex->upload_of = job->claimed;
	}
	switch (next) {
	case PIPELINE_ANSWERED:
		return HTTP_ANSWERED;
	case PIPELINE_FAST:
		store_thread_keep(app->cx.store);
		return HTTP_FAST;
	case PIPELINE_WORK:
		break;
	}
	return HTTP_WORK;
}

static void
serve(void *arg, struct exchange *ex)
{
	const struct app *app = arg;

	pipeline_serve(&app->cx, &ex->arena, &ex->request, ex->route, &ex->answer);
}

static void
refuse(void *arg, struct exchange *ex, enum err e)
{
	const struct app *app = arg;

	struct job *job = ex->route;

	pipeline_refuse(&app->cx, &ex->arena, &ex->request, &job, e, &ex->answer);
	ex->route = job;
}

static void
done(void *arg, struct exchange *ex)
{
	const struct job *job = ex->route;
	struct ctx cx = {.request_id = job->request_id};
	bool signed_in = job->caller.bearer == BEARER_GOOD;
	int64_t us = clock_mono() - ex->started_at;

	metric_request(route_number(job->route), ex->answer.status, us);
	log_lazily(&cx, LOG_INFO, "request", LOG_STR("method", method_name(ex->request.method)),
		   LOG_STR("path", ex->request.path), LOG_INT("status", ex->answer.status),
		   LOG_INT("us", us), LOG_STR("ip", job->caller.ip),
		   LOG_UUID("user", signed_in ? &job->caller.user.id : NULL));
}

static void
rest(void *arg)
{
	const struct app *app = arg;

	store_thread_rest(app->cx.store);
}

static void
thread_end(void *arg)
{
	const struct app *app = arg;

	store_thread_end(app->cx.store);
}

struct http_service
service_of(struct app *app)
{
	return (struct http_service){
		.arg = app,
		.head = head,
		.serve = serve,
		.refuse = refuse,
		.done = done,
		.rest = rest,
		.thread_end = thread_end,
		.common_headers = pipeline_common_headers(&app->cx),
	};
}
