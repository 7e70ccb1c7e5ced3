/*
 * Counts for /metrics (the Prometheus text format 0.0.4). Counting is one atomic addition on a copy
 * of the thread's own, so it may stand on the busiest path; the copies are summed when they are
 * read. Nothing of a client gets into a name or a label.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buf.h"
#include "base/err.h"

enum metric {
#define METRIC(id, kind, name, labels, help) METRIC_##id,
#include "base/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/* n may be negative for a gauge. */
void metric_add(enum metric m, int64_t n);
static inline void
metric_count(enum metric m)
{
	metric_add(m, 1);
}

/* One attempt to sign in and how it ended. */
void metric_login(enum err outcome);

/* One question to the gate; OK: passed. */
void metric_gate(enum err verdict);

/* One audit event. action: a literal, of which there are fewer than a hundred. */
void metric_audit(const char *action);

enum metric_timer { TIMER_STORE_READ, TIMER_STORE_WRITE, METRIC_TIMERS };
void metric_time(enum metric_timer t, int64_t us);

/* One answered request. route: its number below METRIC_ROUTES_MOST; 0 for none. */
#define METRIC_ROUTES_MOST 256
void metric_request(unsigned route, int status, int64_t us);

/* All of the above but requests. */
void metrics_write(struct buf *out);
/* name tells what route i < routes is called. */
void metrics_write_requests(unsigned routes, const char *(*name)(unsigned route), struct buf *out);

/* For numbers that are kept elsewhere: the head of one, and a line with its value. */
void metric_head(struct buf *out, const char *name, const char *kind, const char *help);
/* labels: as `a="b"`, or "". */
void metric_line(struct buf *out, const char *name, const char *labels, int64_t value);
/* value in microseconds, told in seconds. */
void metric_seconds(struct buf *out, const char *name, const char *labels, int64_t us);

#endif
