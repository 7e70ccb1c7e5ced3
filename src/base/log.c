/*
 * The log. A line is put together in memory of its thread's own, without a lock; then it goes into
 * the one buffer of the process, so that lines never mix and a busy server makes one system call
 * for many of them.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_line.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define PENDING_ROOM ((size_t)64 << 10)

static enum log_format chosen_format = LOG_LOGFMT;
static enum log_level least_level = LOG_INFO;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char pending[PENDING_ROOM];
static size_t pending_n;

static _Thread_local struct log_line line;
static _Thread_local struct {
	int64_t second;
	char text[RFC3339_ROOM];
} stamp = {.second = -1};

void
log_setup(enum log_format format, enum log_level least)
{
	chosen_format = format;
	least_level = least;
}

static void
add_time(struct log_line *l)
{
	int64_t now = clock_now();
	int64_t milli = now / 1000 % 1000;
	char fraction[] = {'.', (char)('0' + milli / 100), (char)('0' + milli / 10 % 10),
			   (char)('0' + milli % 10), 'Z'};

	if (now / SECOND != stamp.second) {
		stamp.second = now / SECOND;
		time_format(stamp.text, now);
	}
	line_add(l, (struct str){stamp.text, sizeof(stamp.text) - sizeof("Z")});
	line_add(l, (struct str){fraction, sizeof(fraction)});
}

static void
add_head(struct log_line *l, enum log_level level, struct str event)
{
	static const struct str levels[] = {S("debug"), S("info"), S("warning"), S("error")};
	bool json = l->format == LOG_JSON;

	line_add(l, json ? S("{\"time\":\"") : S("time="));
	add_time(l);
	if (json)
		line_add(l, S("\""));
	line_name(l, S("level"));
	line_word(l, levels[level]);
	line_name(l, S("event"));
	line_value(l, event);
}

/* "a***@example.com": enough to tell two apart, too little to write to one. */
static void
add_email(struct log_line *l, struct str s)
{
	char masked[512];
	const char *at = s.n > 0 ? memrchr(s.p, '@', s.n) : NULL;
	struct str domain = at ? str_from(s, (size_t)(at - s.p)) : S("");
	size_t local = s.n - domain.n;
	uint32_t c;
	size_t first = utf8_next((struct str){s.p, local}, &c);
	int n = snprintf(masked, sizeof(masked), "%.*s***%.*s", (int)first, s.p, STR_ARG(domain));

	line_value(l,
		   (struct str){masked, n < (int)sizeof(masked) ? (size_t)n : sizeof(masked) - 1});
}

static bool
has_value(const struct log_field *f)
{
	switch (f->kind) {
	case LOG_FIELD_STR:
	case LOG_FIELD_EMAIL:
		return !str_absent(f->s);
	case LOG_FIELD_UUID:
		return f->id != NULL;
	case LOG_FIELD_INT:
	default:
		return true;
	}
}

static void
add_field(struct log_line *l, const struct log_field *f)
{
	char id[UUID_ROOM];

	line_name(l, f->name);
	switch (f->kind) {
	case LOG_FIELD_STR:
		line_value(l, f->s);
		break;
	case LOG_FIELD_INT:
		line_int(l, f->i);
		break;
	case LOG_FIELD_EMAIL:
		add_email(l, f->s);
		break;
	case LOG_FIELD_UUID:
		uuid_format(id, f->id);
		line_word(l, (struct str){id, UUID_TEXT});
		break;
	}
}

/* A field that does not fit is left out whole, so that the line stays readable by machines. */
static void
add_field_or_none(struct log_line *l, const struct log_field *f)
{
	size_t before = l->n;

	if (!has_value(f))
		return;
	add_field(l, f);
	if (l->full) {
		l->n = before;
		l->full = false;
	}
}

static void
write_out(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

/* With the lock held. */
static void
flush_pending(void)
{
	write_out(pending, pending_n);
	pending_n = 0;
}

static void
emit(const struct log_line *l, bool now)
{
	pthread_mutex_lock(&lock);
	if (l->n > sizeof(pending) - pending_n)
		flush_pending();
	memcpy(pending + pending_n, l->p, l->n);
	pending_n += l->n;
	if (now || pending_n >= sizeof(pending) / 2)
		flush_pending();
	pthread_mutex_unlock(&lock);
}

void
log_write(const struct ctx *cx, enum log_level level, struct str event,
	  const struct log_field *fields, size_t n, bool now)
{
	struct log_line *l = &line;

	if (level < least_level)
		return;
	l->format = chosen_format;
	l->n = 0;
	l->full = false;
	add_head(l, level, event);
	if (cx)
		add_field_or_none(l, &LOG_STR("request_id", cx->request_id));
	for (size_t i = 0; i < n; i++)
		add_field_or_none(l, &fields[i]);
	if (l->format == LOG_JSON)
		l->p[l->n++] = '}';
	l->p[l->n++] = '\n';
	emit(l, now);
}

void
log_flush(void)
{
	pthread_mutex_lock(&lock);
	flush_pending();
	pthread_mutex_unlock(&lock);
}
