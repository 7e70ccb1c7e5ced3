/*
 * How long a program takes from exec to its first 200 on /readyz, asked for without pause; without
 * an address, to its end. Prints a line a run: the microseconds, and those of CPU that it used in
 * all, its end included, which a busy machine changes less.
 */
#include "base/clock.h"

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (60 * SECOND)

static bool
is_ready(const struct sockaddr_in *to)
{
	static const char ask[] = "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	char answer[64] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ready = fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 &&
		     send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) > 0 &&
		     recv(fd, answer, sizeof(answer) - 1, 0) > 12 &&
		     memcmp(answer, "HTTP/1.1 200", 12) == 0;

	close(fd);
	return ready;
}

static int64_t
cpu(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * SECOND + u->ru_utime.tv_usec +
	       u->ru_stime.tv_usec;
}

static void
run(char **argv, const struct sockaddr_in *to)
{
	int64_t began = clock_mono(), took;
	struct rusage used;
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		die("can't run %s", argv[0]);
	while (to && !is_ready(to))
		if (clock_mono() - began > PATIENCE || waitpid(pid, &status, WNOHANG) == pid)
			die("%s is not ready", argv[0]);
	took = clock_mono() - began;
	if (to)
		kill(pid, SIGTERM);
	if (wait4(pid, &status, 0, &used) != pid || status != 0)
		die("%s ended badly", argv[0]);
	if (!to)
		took = clock_mono() - began;
	printf("%" PRId64 " %" PRId64 "\n", took, cpu(&used));
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int64_t runs, port;

	if (argc < 4 || !str_int(str_of(argv[1]), &runs) || !str_int(str_of(argv[2]), &port)) {
		fprintf(stderr, "usage: aldgate-start-time RUNS PORT|0 COMMAND…\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)port);
	for (int64_t i = 0; i < runs; i++)
		run(argv + 3, port ? &to : NULL);
	return 0;
}
