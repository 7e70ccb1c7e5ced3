/* Where an embedded store lies: its folder, its file and the lock that one process holds. For
 * src/store only. */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "base/buf.h"
#include "base/err.h"

struct place {
	char *path; /* absolute, free() it */
	int lock;   /* close() gives the lock up */
};

/* Whether a file with content is there. ERR_INVALID when there is something else, or a log without
 * its database. */
MUST_CHECK enum err place_look(const char *path, bool *exists, struct buf *problem);
/*
 * Takes the lock, and with may_create makes the folder (0700) and the file (0600). ERR_TAKEN when
 * another process has the lock, ERR_NOT_FOUND when nothing is there and nothing may be made.
 */
MUST_CHECK enum err
place_take(const char *path, bool may_create, struct place *out, struct buf *problem);

#endif
