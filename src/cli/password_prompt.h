/* A password from whoever runs a command: never from its arguments, which others can see. */
#ifndef CLI_PASSWORD_PROMPT_H
#define CLI_PASSWORD_PROMPT_H

#include "base/arena.h"
#include "base/str.h"

/* Asked for twice without an echo on a terminal, else the first line of standard input. false: none
 * came, or the two differ. */
bool password_read(struct arena *a, struct str *out);

#endif
