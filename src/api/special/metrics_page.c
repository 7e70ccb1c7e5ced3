/*
 * The counts of base/metrics.h, and what others keep: the queue of the hashes, the outbox, the
 * process. There is nothing secret in it, but it tells how the house is doing, which is no business
 * of strangers.
 */
#include "api/special/metrics_page.h"

#include "api/address.h"
#include "api/problem.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "crypto/hasher.h"
#include "domain/caller.h"
#include "store/kyc_application.h"
#include "store/outbox.h"

#include <sys/resource.h>
#include <unistd.h>

static void
one(struct buf *out, const char *name, const char *kind, int64_t value, const char *help)
{
	metric_head(out, name, kind, help);
	metric_line(out, name, "", value);
}

static void
one_seconds(struct buf *out, const char *name, const char *kind, int64_t us, const char *help)
{
	metric_head(out, name, kind, help);
	metric_seconds(out, name, "", us);
}

static void
write_hashes(struct hasher *hasher, struct buf *out)
{
	struct hasher_stats s;

	hasher_stats(hasher, &s);
	one(out, "hashes_total", "counter", s.hashes, "Password hashes computed.");
	one(out, "hashes_running", "gauge", s.running, "Password hashes being computed.");
	one(out, "hashes_waiting", "gauge", s.waiting, "Requests waiting for a hash slot.");
	one(out, "hashes_refused_total", "counter", s.refused,
	    "Requests refused because too many waited.");
	one_seconds(out, "hash_wait_seconds_total", "counter", s.wait_us,
		    "Time spent waiting for a hash slot.");
}

/* Left out when the store does not answer: no number is better than a wrong one. */
static void
write_outbox(struct ctx *cx, struct buf *out)
{
	int64_t rows, oldest;

	if (outbox_depth(cx, &rows, &oldest) != OK)
		return;
	one(out, "outbox_messages", "gauge", rows, "Messages not handed over yet.");
	one_seconds(out, "outbox_oldest_seconds", "gauge", rows ? clock_now() - oldest : 0,
		    "Age of the oldest of them.");
}

static void
write_kyc(struct ctx *cx, struct buf *out)
{
	int64_t rows, oldest;

	if (kyc_depth(cx, &rows, &oldest) != OK)
		return;
	one(out, "kyc_pending", "gauge", rows, "Applications that wait for a decision.");
	one_seconds(out, "kyc_oldest_seconds", "gauge", rows ? clock_now() - oldest : 0,
		    "Age of the oldest of them.");
}

static int64_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*s %lld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static int64_t
microseconds(struct timeval t)
{
	return (int64_t)t.tv_sec * SECOND + t.tv_usec;
}

static void
write_process(struct buf *out)
{
	struct rusage used;

	metric_head(out, "build_info", "gauge", "What runs here.");
	metric_line(out, "build_info", "version=\"" ALDGATE_VERSION "\"", 1);
	getrusage(RUSAGE_SELF, &used);
	one_seconds(out, "process_cpu_seconds_total", "counter",
		    microseconds(used.ru_utime) + microseconds(used.ru_stime),
		    "Processor time used.");
	one(out, "process_resident_bytes", "gauge", resident_bytes(), "Memory in use.");
}

bool
metrics_page(struct ctx *cx, const struct http_request *rq, struct http_answer *an)
{
	if (!address_is_local(cx->caller->ip, rq)) {
		problem_answer(cx, ERR_NOT_FOUND, NULL, an);
		http_answer_header(an, "Cache-Control", S("no-store"));
		return true;
	}
	an->status = 200;
	an->content_type = S("text/plain; version=0.0.4; charset=utf-8");
	http_answer_header(an, "Cache-Control", S("no-store"));
	metrics_write_requests(route_numbers(), route_name, &an->body);
	metrics_write(&an->body);
	write_hashes(cx->hasher, &an->body);
	write_outbox(cx, &an->body);
	write_kyc(cx, &an->body);
	write_process(&an->body);
	return true;
}
