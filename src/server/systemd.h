/* What systemd tells a service and is told by it (sd_listen_fds(3), sd_notify(3)), without its
 * library. All of it does nothing elsewhere. */
#ifndef SERVER_SYSTEMD_H
#define SERVER_SYSTEMD_H

#include "base/buf.h"
#include "base/err.h"

/* *fd: the listening socket that was handed over, -1 when none was. Takes the variables out of the
 * environment. */
MUST_CHECK enum err systemd_socket(int *fd, struct buf *problem);
/* "READY=1", "STOPPING=1"… A manager that does not listen is no trouble of ours. */
void systemd_notify(const char *state);
/* Around a reload: begun, and done. */
void systemd_reloading(void);

#endif
