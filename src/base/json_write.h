/* JSON out: appends to a buf and keeps the commas right. Text that is not valid UTF-8 is escaped as
 * U+FFFD. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/buf.h"
#include "base/uuid.h"

struct json_out {
	struct buf *b;
	bool comma; /* the next value needs one before it */
};

static inline struct json_out
json_to(struct buf *b)
{
	return (struct json_out){b, false};
}

/* Hidden, as the library behind json_read exports some of these names for itself. */
#pragma GCC visibility push(hidden)

void json_open(struct json_out *w);  /* { */
void json_close(struct json_out *w); /* } */
void json_open_list(struct json_out *w);
void json_close_list(struct json_out *w);
void json_key(struct json_out *w, const char *name); /* which needs no escape */
void json_key_str(struct json_out *w, struct str name);
void json_str(struct json_out *w, struct str s); /* absent: null */
void json_z(struct json_out *w, const char *text);
/* A member: json_key and the value. */
void json_pair(struct json_out *w, const char *name, const char *text);
void json_pair_str(struct json_out *w, const char *name, struct str s);
void json_pair_uuid(struct json_out *w, const char *name, const struct uuid *id);
void json_pair_time(struct json_out *w, const char *name, int64_t us);
void json_int(struct json_out *w, int64_t v);
void json_double(struct json_out *w, double v);
void json_bool(struct json_out *w, bool v);
void json_null(struct json_out *w);
void json_uuid(struct json_out *w, const struct uuid *id);
void json_time(struct json_out *w, int64_t us); /* RFC 3339 text */
/* Text that is JSON already. */
void json_raw(struct json_out *w, struct str json);

#pragma GCC visibility pop

#endif
