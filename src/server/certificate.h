/* The server's certificate while it runs: taken anew when its files change or SIGHUP comes, and
 * told of in the log. */
#ifndef SERVER_CERTIFICATE_H
#define SERVER_CERTIFICATE_H

#include "base/config.h"
#include "crypto/tls.h"

/* *out is NULL when the configuration names none. *problem: one sentence for the operator. */
MUST_CHECK enum err
certificate_open(const struct config *config, struct tls **out, struct buf *problem);
/* t may be NULL in both. */
void certificate_reload(struct tls *t);
void certificate_look(struct tls *t);

#endif
