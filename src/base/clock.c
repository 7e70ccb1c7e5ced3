/*
 * The two clocks and the forms of a date. The calendar is reckoned here (days since 1970, years
 * that begin in March so that the leap day comes last), since the C library's needs a struct, a
 * time zone and several times as long.
 */
#include "base/clock.h"

#include "base/arena.h"

#include <stdatomic.h>

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t (*_Atomic injected)(void);

static int64_t
read_clock(clockid_t id)
{
	int64_t (*now)(void) = atomic_load_explicit(&injected, memory_order_relaxed);
	struct timespec t;

	if (now)
		return now();
	if (clock_gettime(id, &t) != 0)
		die("the system has no clock %d", (int)id);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_inject(int64_t (*now)(void))
{
	atomic_store(&injected, now);
}

struct date {
	int year, month, day, hour, minute, second, weekday; /* month and day from 1, Sunday is 0 */
};

/* Days from 1970-01-01 to a date; eras of 400 years, which all have 146097 days. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct date
date_of(int64_t us)
{
	int64_t s = us <= 0 ? 0 : us / SECOND;
	int64_t days, era, in_era, year, in_year, march;
	struct date d;

	if (s > LAST_SECOND)
		s = LAST_SECOND;
	days = s / 86400 + 719468;
	era = days / 146097;
	in_era = days % 146097;
	year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	in_year = in_era - (365 * year + year / 4 - year / 100);
	march = (5 * in_year + 2) / 153;
	d.day = (int)(in_year - (153 * march + 2) / 5 + 1);
	d.month = (int)(march < 10 ? march + 3 : march - 9);
	d.year = (int)(year + era * 400 + (d.month <= 2));
	d.hour = (int)(s % 86400 / 3600);
	d.minute = (int)(s % 3600 / 60);
	d.second = (int)(s % 60);
	d.weekday = (int)((s / 86400 + 4) % 7);
	return d;
}

static char *
digits(char *to, int v, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		to[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return to + width;
}

void
time_format(char out[static RFC3339_ROOM], int64_t us)
{
	struct date d = date_of(us);
	char *p = out;

	p = digits(p, d.year, 4);
	*p++ = '-';
	p = digits(p, d.month, 2);
	*p++ = '-';
	p = digits(p, d.day, 2);
	*p++ = 'T';
	p = digits(p, d.hour, 2);
	*p++ = ':';
	p = digits(p, d.minute, 2);
	*p++ = ':';
	p = digits(p, d.second, 2);
	*p++ = 'Z';
	*p = '\0';
}

static bool
take_number(struct str *s, size_t width, int *out)
{
	int v = 0;

	if (s->n < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = str_from(*s, width);
	*out = v;
	return true;
}

static bool
take_char(struct str *s, const char *either)
{
	if (s->n == 0 || s->p[0] == '\0' || !strchr(either, s->p[0]))
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool
take_fraction(struct str *s, int64_t *us)
{
	int64_t scale = SECOND / 10;
	size_t n = 0;

	*us = 0;
	if (!take_char(s, "."))
		return true;
	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		*us += (s->p[n] - '0') * scale;
		scale /= 10;
	}
	*s = str_from(*s, n);
	return n > 0;
}

static bool
take_offset(struct str *s, int64_t *us)
{
	bool west = s->n > 0 && s->p[0] == '-';
	int hours, minutes;

	*us = 0;
	if (take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_number(s, 2, &hours) || !take_char(s, ":") ||
	    !take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*us = (hours * HOUR + minutes * MINUTE) * (west ? -1 : 1);
	return true;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
time_parse(struct str s, int64_t *us)
{
	int64_t fraction, offset;
	struct date d;

	if (!take_number(&s, 4, &d.year) || !take_char(&s, "-") || !take_number(&s, 2, &d.month) ||
	    !take_char(&s, "-") || !take_number(&s, 2, &d.day) || !take_char(&s, "Tt") ||
	    !take_number(&s, 2, &d.hour) || !take_char(&s, ":") || !take_number(&s, 2, &d.minute) ||
	    !take_char(&s, ":") || !take_number(&s, 2, &d.second) ||
	    !take_fraction(&s, &fraction) || !take_offset(&s, &offset) || s.n > 0)
		return false;
	if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_in_month(d.year, d.month) ||
	    d.hour > 23 || d.minute > 59 || d.second > 59)
		return false;
	*us = days_of(d.year, d.month, d.day) * DAY + d.hour * HOUR + d.minute * MINUTE +
	      d.second * SECOND + fraction - offset;
	return true;
}

static void
long_date(char *out, int64_t us, const char *zone)
{
	static const char weekdays[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date d = date_of(us);
	char *p = mempcpy(out, weekdays + 3 * d.weekday, 3);

	p = mempcpy(p, ", ", 2);
	p = digits(p, d.day, 2);
	*p++ = ' ';
	p = mempcpy(p, months + 3 * (d.month - 1), 3);
	*p++ = ' ';
	p = digits(p, d.year, 4);
	*p++ = ' ';
	p = digits(p, d.hour, 2);
	*p++ = ':';
	p = digits(p, d.minute, 2);
	*p++ = ':';
	p = digits(p, d.second, 2);
	*p++ = ' ';
	memcpy(p, zone, strlen(zone) + 1);
}

struct str
time_mail(struct arena *a, int64_t us)
{
	char *p = arena_alloc(a, sizeof("Fri, 20 Nov 2026 10:00:00 +0000"));

	long_date(p, us, "+0000");
	return str_of(p);
}

void
time_http(char out[static HTTP_DATE_ROOM], int64_t us)
{
	long_date(out, us, "GMT");
}
