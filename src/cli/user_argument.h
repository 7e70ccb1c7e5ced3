/* The account that a command's USER means: an id, e-mail, username or verified phone. */
#ifndef CLI_USER_ARGUMENT_H
#define CLI_USER_ARGUMENT_H

#include "cli/command.h"
#include "store/user.h"

/* false: there is none, or the store failed; what to say about it stands on err, and the exit code
 * is 1. */
bool user_argument(struct invocation *in, const char *who, struct user *out);

#endif
