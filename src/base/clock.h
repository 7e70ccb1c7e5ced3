/* Time, from one place that tests can set. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

/* Wall clock, microseconds since 1970 UTC. For what is stored and told. */
int64_t clock_now(void);
/* Monotonic microseconds from an unknown start. For deadlines and rates inside one process. */
int64_t clock_mono(void);
/* Tests: both clocks answer through this instead; NULL restores the system's. */
void clock_inject(int64_t (*now)(void));

#define RFC3339_ROOM sizeof("9999-12-31T23:59:59Z")
/* "2026-11-20T10:00:00Z", seconds truncated; years 1970 to 9999, clamped. RFC 3339. */
void time_format(char out[static RFC3339_ROOM], int64_t us);
/* Full date-time with Z or an offset, fraction allowed; false when it is not one or not a real
 * date. */
bool time_parse(struct str s, int64_t *us);
/* RFC 5322 date in UTC: "Fri, 20 Nov 2026 10:00:00 +0000". */
struct str time_mail(struct arena *a, int64_t us);
/* IMF-fixdate, RFC 9110 5.6.7: "Fri, 20 Nov 2026 10:00:00 GMT". */
#define HTTP_DATE_ROOM sizeof("Fri, 20 Nov 2026 10:00:00 GMT")
void time_http(char out[static HTTP_DATE_ROOM], int64_t us);

#endif
