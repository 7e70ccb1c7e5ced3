/* Reading the rows that more than one entity file reads. For src/store only. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/query.h"
#include "store/user.h"

#define USER_COLUMNS 20

/* The columns of {user_columns}, from column `first` on. */
void user_read(struct ctx *cx, const struct row *r, int first, struct user *u);

/* ERR_NOT_FOUND when a statement that must change one row changed none. */
static inline enum err
changed_one(int64_t changed)
{
	return changed ? OK : ERR_NOT_FOUND;
}

#endif
