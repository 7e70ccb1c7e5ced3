/*
 * multipart/form-data (RFC 7578) as it comes: fed in pieces of any length, it tells of parts and
 * their bytes as soon as it knows them, and keeps no more than one part's head. Strict: nothing
 * before the first boundary or behind the last but one line end, one Content-Disposition a part, no
 * filename*, no transfer encoding. It knows neither sockets nor what the parts are for.
 */
#ifndef API_MULTIPART_H
#define API_MULTIPART_H

#include "base/err.h"

#define MULTIPART_HEAD_MAX ((size_t)8 * 1024) /* bytes of a part's head */
#define MULTIPART_BOUNDARY_MAX 70             /* RFC 2046 5.1.1 */
#define MULTIPART_NAME_MAX 64                 /* bytes of a part's name */

struct multipart_part {
	struct str name;         /* 1 to MULTIPART_NAME_MAX bytes of UTF-8 */
	struct str filename;     /* as sent, of no use but to tell a file; absent: a field */
	struct str content_type; /* as claimed; absent: none */
};

/* Each may refuse, which ends the reading with its error. The texts are good during the call. */
struct multipart_events {
	void *arg;
	enum err (*begin)(void *arg, const struct multipart_part *part);
	enum err (*data)(void *arg, struct str bytes);
	enum err (*end)(void *arg);
};

struct multipart {
	const struct multipart_events *events;
	enum { MULTIPART_SEEK, MULTIPART_TAIL, MULTIPART_HEAD, MULTIPART_CLOSED } state;
	bool inside;    /* a part's content is being read */
	size_t matched; /* bytes of the delimiter */
	size_t delimiter_n;
	size_t head_n;
	size_t behind; /* bytes of the line end behind the last boundary */
	char delimiter[4 + MULTIPART_BOUNDARY_MAX]; /* CR LF "--" boundary */
	char tail[2];
	size_t tail_n;
	char head[MULTIPART_HEAD_MAX];
};

/* The boundary of a Content-Type; false: it is none of multipart/form-data with a good one. */
bool multipart_boundary(struct str content_type, struct str *boundary);
/* events must outlive it. */
void
multipart_init(struct multipart *m, struct str boundary, const struct multipart_events *events);
/* ERR_MALFORMED, or what an event refused with; nothing may be fed afterwards. */
MUST_CHECK enum err multipart_feed(struct multipart *m, struct str bytes);
/* The body is over: ERR_MALFORMED unless the last boundary was seen. */
MUST_CHECK enum err multipart_finish(const struct multipart *m);

#endif
