/*
 * The outcome of a call: OK or one row of errors.def. Functions return it, outputs are written on
 * success only, and TRY passes an error up (the arena owns all memory, so nothing needs undoing).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

enum err {
	OK = 0,
#define ERROR(name, status, code, sentence) ERR_##name,
#include "base/errors.def"
#undef ERROR
	ERR_COUNT
};

struct err_row {
	const char *name; /* "INVALID" */
	int status;       /* HTTP */
	const char *code; /* wire */
	const char *sentence;
};

/* e must not be OK. */
const struct err_row *err_row(enum err e);

/* e, but `to` in place of `from`: TRY(err_map(user_by_id(…), ERR_NOT_FOUND, ERR_TOKEN)). */
static inline enum err
err_map(enum err e, enum err from, enum err to)
{
	return e == from ? to : e;
}

#define TRY(call)                                                                                  \
	do {                                                                                       \
		enum err try_ = (call);                                                            \
		if (try_ != OK)                                                                    \
			return try_;                                                               \
	} while (0)

#endif
