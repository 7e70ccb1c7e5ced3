/*
 * A thread counts in one of a few copies, so that busy threads seldom meet on one cache line. Most
 * of the memory is never touched: pages of routes that nobody asks for stay unmapped.
 */
#include "base/metrics.h"

#include <stdatomic.h>

#define PREFIX "aldgate_"
#define SHARDS 8
#define AUDIT_ACTIONS 100

/* Upper ends in microseconds; what is longer is in the last, nameless one. */
static const int64_t bounds[] = {250,    500,    1000,   2500,    5000,    10000,   25000,   50000,
				 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
#define BUCKETS (ARRAY_LEN(bounds) + 1)

/* The statuses that are told apart; the first stands for all others. */
static const int statuses[] = {0,   200, 201, 202, 204, 303, 400, 401, 403, 404, 405, 406,
			       408, 409, 413, 414, 415, 429, 431, 500, 501, 503, 505};
#define STATUSES ARRAY_LEN(statuses)

struct histogram {
	_Atomic uint64_t bucket[BUCKETS];
	_Atomic int64_t sum;
};

struct route_counts {
	_Atomic uint64_t status[STATUSES];
	struct histogram time;
};

struct shard {
	_Atomic int64_t counts[METRIC_COUNT];
	_Atomic int64_t logins[ERR_COUNT];
	_Atomic int64_t verdicts[ERR_COUNT];
	struct histogram timers[METRIC_TIMERS];
	struct route_counts routes[METRIC_ROUTES_MOST];
} __attribute__((aligned(64)));

/* By name, in the order in which they first came. Each writes the store, so one copy will do. */
struct audit_count {
	_Atomic(const char *) action;
	_Atomic int64_t n;
};

static struct audit_count audits[AUDIT_ACTIONS];
static struct shard shards[SHARDS];
static _Atomic unsigned next_shard;
static __thread struct shard *mine;

static struct shard *
shard(void)
{
	if (!mine)
		mine = &shards[next_shard++ % SHARDS];
	return mine;
}

#define ADD(at, n) atomic_fetch_add_explicit((at), (n), memory_order_relaxed)
#define READ(at) atomic_load_explicit((at), memory_order_relaxed)

static void
observe(struct histogram *h, int64_t us)
{
	size_t i = 0;

	while (i < ARRAY_LEN(bounds) && us > bounds[i])
		i++;
	ADD(&h->bucket[i], 1);
	ADD(&h->sum, us);
}

void
metric_add(enum metric m, int64_t n)
{
	ADD(&shard()->counts[m], n);
}

void
metric_login(enum err outcome)
{
	ADD(&shard()->logins[outcome], 1);
}

void
metric_gate(enum err verdict)
{
	ADD(&shard()->verdicts[verdict], 1);
}

void
metric_audit(const char *action)
{
	for (size_t i = 0; i < AUDIT_ACTIONS; i++) {
		const char *there = READ(&audits[i].action);

		if ((!there && atomic_compare_exchange_strong(&audits[i].action, &there, action)) ||
		    str_eq(str_of(there), str_of(action))) {
			ADD(&audits[i].n, 1);
			return;
		}
	}
}

void
metric_time(enum metric_timer t, int64_t us)
{
	observe(&shard()->timers[t], us);
}

static size_t
status_slot(int status)
{
	for (size_t i = 1; i < STATUSES; i++)
		if (statuses[i] == status)
			return i;
	return 0;
}

void
metric_request(unsigned route, int status, int64_t us)
{
	struct route_counts *r = &shard()->routes[route < METRIC_ROUTES_MOST ? route : 0];

	ADD(&r->status[status_slot(status)], 1);
	observe(&r->time, us);
}

/* The sum of the same member of all shards. */
#define TOTAL(type, member)                                                                        \
	({                                                                                         \
		type total_ = 0;                                                                   \
		for (size_t shard_ = 0; shard_ < SHARDS; shard_++)                                 \
			total_ += READ(&shards[shard_].member);                                    \
		total_;                                                                            \
	})

void
metric_head(struct buf *out, const char *name, const char *kind, const char *help)
{
	buf_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, kind);
}

static void
write_name(struct buf *out, const char *name, const char *suffix, const char *labels)
{
	buf_printf(out, *labels ? PREFIX "%s%s{%s} " : PREFIX "%s%s%s ", name, suffix, labels);
}

void
metric_line(struct buf *out, const char *name, const char *labels, int64_t value)
{
	write_name(out, name, "", labels);
	buf_printf(out, "%" PRId64 "\n", value);
}

static void
write_seconds(struct buf *out, int64_t us)
{
	buf_printf(out, "%" PRId64 ".%06d\n", us / SECOND, (int)(us % SECOND));
}

void
metric_seconds(struct buf *out, const char *name, const char *labels, int64_t us)
{
	write_name(out, name, "", labels);
	write_seconds(out, us);
}

static void
write_counts(struct buf *out)
{
	static const struct {
		const char *kind, *name, *labels, *help;
	} rows[] = {
#define METRIC(id, kind, name, labels, help) {#kind, name, labels, help},
#include "base/metrics.def"
#undef METRIC
	};

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		if (*rows[i].help)
			metric_head(out, rows[i].name, rows[i].kind, rows[i].help);
		metric_line(out, rows[i].name, rows[i].labels, TOTAL(int64_t, counts[i]));
	}
}

/* A line for each end that was seen, and for the two that must always be there. label: up to its
 * value. */
static void
write_end(struct buf *out, const char *label, const char *good, enum err usual, enum err e,
	  int64_t n)
{
	if (n || e == OK || e == usual)
		buf_printf(out, PREFIX "%s=\"%s\"} %" PRId64 "\n", label,
			   e == OK ? good : err_row(e)->code, n);
}

static void
write_logins(struct buf *out)
{
	metric_head(out, "logins_total", "counter", "Attempts to sign in by how they ended.");
	for (size_t i = 0; i < ERR_COUNT; i++)
		write_end(out, "logins_total{outcome", "success", ERR_CREDENTIALS, (enum err)i,
			  TOTAL(int64_t, logins[i]));
}

static void
write_verdicts(struct buf *out)
{
	metric_head(out, "gate_verdicts_total", "counter", "Verdicts of the gate.");
	for (size_t i = 0; i < ERR_COUNT; i++)
		write_end(out, "gate_verdicts_total{result", "passed", ERR_NOT_SIGNED_IN,
			  (enum err)i, TOTAL(int64_t, verdicts[i]));
}

static void
write_audits(struct buf *out)
{
	metric_head(out, "audit_events_total", "counter", "Security-relevant acts by kind.");
	for (size_t i = 0; i < AUDIT_ACTIONS; i++) {
		const char *action = READ(&audits[i].action);

		if (action)
			buf_printf(out, PREFIX "audit_events_total{action=\"%s\"} %" PRId64 "\n",
				   action, READ(&audits[i].n));
	}
}

/* labels end in a comma, or are empty. */
static void
write_histogram(struct buf *out, const char *name, const char *labels,
		const uint64_t bucket[static BUCKETS], int64_t sum)
{
	uint64_t n = 0;
	int bare = (int)strlen(labels);

	for (size_t i = 0; i < BUCKETS; i++) {
		n += bucket[i];
		buf_printf(out, PREFIX "%s_bucket{%sle=\"", name, labels);
		if (i < ARRAY_LEN(bounds))
			buf_printf(out, "%g", (double)bounds[i] / SECOND);
		else
			buf_z(out, "+Inf");
		buf_printf(out, "\"} %" PRIu64 "\n", n);
	}
	bare -= bare > 0;
	buf_printf(out, PREFIX "%s_sum%s%.*s%s ", name, bare ? "{" : "", bare, labels,
		   bare ? "}" : "");
	write_seconds(out, sum);
	buf_printf(out, PREFIX "%s_count%s%.*s%s %" PRIu64 "\n", name, bare ? "{" : "", bare,
		   labels, bare ? "}" : "", n);
}

static void
write_timers(struct buf *out)
{
	static const char *const labels[] = {
		[TIMER_STORE_READ] = "kind=\"read\",",
		[TIMER_STORE_WRITE] = "kind=\"write\",",
	};
	uint64_t bucket[BUCKETS];

	metric_head(out, "store_seconds", "histogram",
		    "How long statements outside transactions, and transactions with their wait "
		    "and commit, took.");
	for (size_t t = 0; t < METRIC_TIMERS; t++) {
		for (size_t b = 0; b < BUCKETS; b++)
			bucket[b] = TOTAL(uint64_t, timers[t].bucket[b]);
		write_histogram(out, "store_seconds", labels[t], bucket,
				TOTAL(int64_t, timers[t].sum));
	}
}

void
metrics_write(struct buf *out)
{
	write_logins(out);
	write_verdicts(out);
	write_counts(out);
	write_audits(out);
	write_timers(out);
}

static void
write_route_statuses(unsigned route, const char *name, struct buf *out)
{
	for (size_t i = 0; i < STATUSES; i++) {
		uint64_t n = TOTAL(uint64_t, routes[route].status[i]);

		if (n == 0)
			continue;
		buf_printf(out, PREFIX "http_requests_total{route=\"%s\",status=\"", name);
		if (statuses[i])
			buf_printf(out, "%d", statuses[i]);
		else
			buf_z(out, "other");
		buf_printf(out, "\"} %" PRIu64 "\n", n);
	}
}

static void
write_route_times(unsigned route, const char *name, struct buf *out)
{
	uint64_t bucket[BUCKETS], n = 0;
	char labels[128];

	for (size_t b = 0; b < BUCKETS; b++)
		n += bucket[b] = TOTAL(uint64_t, routes[route].time.bucket[b]);
	if (n == 0)
		return;
	(void)snprintf(labels, sizeof(labels), "route=\"%s\",", name);
	write_histogram(out, "http_request_seconds", labels, bucket,
			TOTAL(int64_t, routes[route].time.sum));
}

void
metrics_write_requests(unsigned routes, const char *(*name)(unsigned route), struct buf *out)
{
	if (routes > METRIC_ROUTES_MOST)
		routes = METRIC_ROUTES_MOST;
	metric_head(out, "http_requests_total", "counter", "Requests by route and status.");
	for (unsigned i = 0; i < routes; i++)
		write_route_statuses(i, name(i), out);
	metric_head(out, "http_request_seconds", "histogram",
		    "From a request's first byte until its answer was with the socket.");
	for (unsigned i = 0; i < routes; i++)
		write_route_times(i, name(i), out);
}
