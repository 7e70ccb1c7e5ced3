/* Both protocols are a few variables and a datagram, so that no library is needed for them. */
#include "server/systemd.h"

#include "base/clock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3

enum err
systemd_socket(int *fd, struct buf *problem)
{
	struct str pid = str_of(getenv("LISTEN_PID")), fds = str_of(getenv("LISTEN_FDS"));
	int64_t whose, count;
	bool ours = !str_absent(pid) && !str_absent(fds) && str_int(pid, &whose) &&
		    whose == getpid() && str_int(fds, &count) && count > 0;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	*fd = ours ? FIRST_FD : -1;
	if (ours && count > 1) {
		buf_printf(problem,
			   "systemd handed over %" PRId64 " sockets; aldgate listens on one",
			   count);
		return ERR_INVALID;
	}
	return OK;
}

void
systemd_notify(const char *state)
{
	struct str path = str_of(getenv("NOTIFY_SOCKET"));
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (str_absent(path) || path.n < 2 || path.n >= sizeof(to.sun_path) ||
	    (path.p[0] != '/' && path.p[0] != '@'))
		return;
	memcpy(to.sun_path, path.p, path.n);
	if (path.p[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n));
	close(fd);
}

void
systemd_reloading(void)
{
	char state[64];

	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono());
	systemd_notify(state);
}
