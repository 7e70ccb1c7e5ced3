/*
 * One line an event on stderr, logfmt or JSON. Values are escaped so that no input can forge a line
 * or move the terminal. A struct secret can't be logged: no field takes one. E-mail addresses go
 * through LOG_EMAIL, which masks them.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/ctx.h"
#include "base/uuid.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
	struct str name;
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_EMAIL, LOG_FIELD_UUID } kind;
	struct str s;
	int64_t i;
	const struct uuid *id;
};

#define LOG_STR(name_, v)                                                                          \
	((struct log_field){.name = str_of(name_), .kind = LOG_FIELD_STR, .s = (v)})
#define LOG_Z(name_, v) LOG_STR(name_, str_of(v))
#define LOG_INT(name_, v)                                                                          \
	((struct log_field){.name = str_of(name_), .kind = LOG_FIELD_INT, .i = (v)})
#define LOG_EMAIL(name_, v)                                                                        \
	((struct log_field){.name = str_of(name_), .kind = LOG_FIELD_EMAIL, .s = (v)})
#define LOG_UUID(name_, v)                                                                         \
	((struct log_field){.name = str_of(name_), .kind = LOG_FIELD_UUID, .id = (v)})

void log_setup(enum log_format format, enum log_level least);
/* cx may be NULL; with one, the line carries its request_id. */
#define log_event(cx, level, event, ...)                                                           \
	log_write((cx), (level), str_of(event), (const struct log_field[]){__VA_ARGS__},           \
		  sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field),      \
		  true)
/* For the line of each request: may stay in memory for some milliseconds (log_flush). */
#define log_lazily(cx, level, event, ...)                                                          \
	log_write((cx), (level), str_of(event), (const struct log_field[]){__VA_ARGS__},           \
		  sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field),      \
		  false)
void log_write(const struct ctx *cx, enum log_level level, struct str event,
	       const struct log_field *fields, size_t n, bool now);
void log_flush(void);

#endif
