/*
 * The load: so many connections, each asking again as soon as it is answered, on one thread with
 * epoll. It parses as little as it can, so that it is never the narrow place, and tells how much of
 * a core it used. One program for all workloads, so that all are measured alike.
 *
 *   aldgate-drive get PORT CONNECTIONS SECONDS TOKENS PATH     a bearer of the file on each request
 *   aldgate-drive fresh …the same                              each request on a new connection
 *   aldgate-drive refresh PORT CONNECTIONS SECONDS TOKENS -    each connection its own chain
 *   aldgate-drive login PORT CONNECTIONS SECONDS TOKENS PASSWORD
 *   aldgate-drive signup PORT CONNECTIONS SECONDS TOKENS PASSWORD
 *   aldgate-drive idle PORT CONNECTIONS SECONDS TOKENS -       one request each, then silence
 *
 * TOKENS is what aldgate-fill wrote. Prints one JSON object.
 */
#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_ROOM 8192
#define REQUEST_ROOM 2048
#define TOKENS_MOST 200000
#define FINE                                                                                       \
	200000 /* latencies below are counted by the microsecond, others by the millisecond        \
		*/
#define COARSE 60000
#define EVENTS 256

enum mode { GET, FRESH, REFRESH, LOGIN, SIGNUP, IDLE, MODES };
static const char *const mode_names[MODES] = {"get", "fresh", "refresh", "login", "signup", "idle"};

struct person {
	struct str access, refresh, email;
};

struct link {
	int fd;
	size_t next; /* person whose turn it is */
	struct str chain;
	char chain_text[128];
	int64_t asked_at;
	size_t n;
	char *answer;
};

static struct {
	enum mode mode;
	struct sockaddr_in to;
	size_t links_n, people_n;
	int64_t seconds;
	const char *word; /* path or password */
	struct person people[TOKENS_MOST];
	struct link *links;
	int epoll;
	int64_t end;
} run;

static struct {
	int64_t requests, good, statuses[600], broken, connected;
	uint32_t fine[FINE], coarse[COARSE];
	int64_t slowest;
} seen;

static void
count_latency(int64_t us)
{
	if (us < FINE)
		seen.fine[us]++;
	else
		seen.coarse[us / 1000 < COARSE ? us / 1000 : COARSE - 1]++;
	if (us > seen.slowest)
		seen.slowest = us;
}

static int64_t
percentile(double p)
{
	int64_t want = (int64_t)((double)seen.requests * p), sum = 0;

	for (int64_t i = 0; i < FINE; i++)
		if ((sum += seen.fine[i]) > want)
			return i;
	for (int64_t i = 0; i < COARSE; i++)
		if ((sum += seen.coarse[i]) > want)
			return i * 1000;
	return seen.slowest;
}

static void
watch(struct link *l)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = l};

	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&run.to, sizeof(run.to)) != 0)
		die("can't connect: %s", strerror(errno));
	if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, l->fd, &e) != 0)
		die("epoll: %s", strerror(errno));
	seen.connected++;
}

static void
compose_post(struct buf *b, const char *path, struct str body)
{
	buf_printf(b,
		   "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
		   "Content-Length: %zu\r\n\r\n%.*s",
		   path, body.n, STR_ARG(body));
}

static void
compose(struct link *l, struct buf *b)
{
	const struct person *p = &run.people[l->next];
	struct buf body CLEANUP_BUF;

	buf_init(&body, REQUEST_ROOM);
	switch (run.mode) {
	case REFRESH:
		buf_printf(&body, "{\"refresh_token\":\"%.*s\"}", STR_ARG(l->chain));
		compose_post(b, "/auth/token/refresh", buf_view(&body));
		return;
	case LOGIN:
		buf_printf(&body, "{\"email\":\"%.*s\",\"password\":\"%s\"}", STR_ARG(p->email),
			   run.word);
		compose_post(b, "/auth/login", buf_view(&body));
		break;
	case SIGNUP:
		buf_printf(&body,
			   "{\"email\":\"new%" PRId64 ".%d@example.org\",\"password\":\"%s\"}",
			   clock_now(), l->fd, run.word);
		compose_post(b, "/auth/signup", buf_view(&body));
		break;
	case GET:
	case FRESH:
	case IDLE:
	case MODES:
		buf_printf(b,
			   "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
			   "%.*s\r\n%s\r\n",
			   run.mode == IDLE ? "/users/me" : run.word, STR_ARG(p->access),
			   run.mode == FRESH ? "Connection: close\r\n" : "");
	}
	l->next = (l->next + 1) % run.people_n;
}

static void
ask(struct link *l)
{
	static char room[REQUEST_ROOM];
	struct buf b = {.p = room, .room = sizeof(room), .cap = sizeof(room) - 1};

	compose(l, &b);
	l->n = 0;
	l->asked_at = clock_mono();
	if (b.full || send(l->fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n)
		die("can't send a request");
}

/* Bytes of the whole answer, 0 while it is not all there. */
static size_t
answer_size(const struct link *l)
{
	static const char mark[] = "Content-Length: ";
	const char *end = memmem(l->answer, l->n, "\r\n\r\n", 4), *p;
	size_t length = 0, head;

	if (!end)
		return 0;
	head = (size_t)(end - l->answer) + 4;
	if (memcmp(l->answer + 9, "204", 3) == 0)
		return head;
	p = memmem(l->answer, head, mark, sizeof(mark) - 1);
	if (!p)
		die("an answer without a length");
	for (p += sizeof(mark) - 1; *p >= '0' && *p <= '9'; p++)
		length = length * 10 + (size_t)(*p - '0');
	if (head + length >= ANSWER_ROOM)
		die("an answer of %zu bytes", head + length);
	return l->n >= head + length ? head + length : 0;
}

/* The chain goes on with the token that the answer brought. */
static void
follow(struct link *l)
{
	static const char mark[] = "\"refresh_token\":\"";
	const char *p = memmem(l->answer, l->n, mark, sizeof(mark) - 1), *end;

	if (!p)
		return;
	p += sizeof(mark) - 1;
	end = memchr(p, '"', l->n - (size_t)(p - l->answer));
	if (!end || (size_t)(end - p) > sizeof(l->chain_text))
		die("a refresh token without an end");
	memcpy(l->chain_text, p, (size_t)(end - p));
	l->chain = (struct str){l->chain_text, (size_t)(end - p)};
}

static void
reopen(struct link *l)
{
	close(l->fd);
	watch(l);
}

static void
answered(struct link *l)
{
	int status = (l->answer[9] - '0') * 100 + (l->answer[10] - '0') * 10 + l->answer[11] - '0';

	count_latency(clock_mono() - l->asked_at);
	seen.requests++;
	if (status >= 0 && status < 600)
		seen.statuses[status]++;
	seen.good += status == 200 || status == 201 || status == 204;
	if (run.mode == REFRESH)
		follow(l);
	if (run.mode == FRESH)
		reopen(l);
	if (run.mode != IDLE)
		ask(l);
}

static void
readable(struct link *l)
{
	ssize_t n = recv(l->fd, l->answer + l->n, ANSWER_ROOM - l->n, 0);

	if (n <= 0) {
		seen.broken++;
		reopen(l);
		if (run.mode != IDLE)
			ask(l);
		return;
	}
	l->n += (size_t)n;
	if (answer_size(l))
		answered(l);
}

static bool
read_person(struct str line, struct person *p)
{
	return str_cut(&line, ' ', &p->access) && str_cut(&line, ' ', &p->refresh) &&
	       str_cut(&line, ' ', &p->email);
}

static void
read_people(const char *path)
{
	static struct buf all;
	static char part[65536];
	FILE *f = fopen(path, "re");
	struct str rest, line;
	size_t n;

	if (!f)
		die("can't read %s", path);
	buf_init(&all, (size_t)1 << 30);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&all, part, n);
	fclose(f);
	rest = buf_view(&all);
	while (run.people_n < TOKENS_MOST && str_cut(&rest, '\n', &line))
		if (read_person(line, &run.people[run.people_n]))
			run.people_n++;
	if (run.people_n < run.links_n)
		die("%s has fewer people than there are connections", path);
}

static void
open_links(void)
{
	run.links = calloc(run.links_n, sizeof(*run.links));
	for (size_t i = 0; i < run.links_n; i++) {
		struct link *l = &run.links[i];

		l->answer = malloc(ANSWER_ROOM);
		l->next = i * (run.people_n / run.links_n);
		l->chain = run.people[l->next].refresh;
		watch(l);
		ask(l);
	}
}

static void
loop(void)
{
	struct epoll_event events[EVENTS];

	while (clock_mono() < run.end) {
		int n = epoll_wait(run.epoll, events, EVENTS, 100);

		for (int i = 0; i < n; i++)
			readable(events[i].data.ptr);
	}
}

static double
own_cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
print(double seconds, double cpu)
{
	const char *comma = "";

	printf("{\"requests\":%" PRId64 ",\"good\":%" PRId64 ",\"broken\":%" PRId64
	       ",\"seconds\":%.4f,\"rate\":%.1f,\"p50\":%" PRId64 ",\"p99\":%" PRId64
	       ",\"max\":%" PRId64 ",\"driver_cpu\":%.3f,\"statuses\":{",
	       seen.requests, seen.good, seen.broken, seconds, (double)seen.good / seconds,
	       percentile(0.5), percentile(0.99), seen.slowest, cpu / seconds);
	for (int i = 0; i < 600; i++) {
		if (!seen.statuses[i])
			continue;
		printf("%s\"%d\":%" PRId64, comma, i, seen.statuses[i]);
		comma = ",";
	}
	printf("}}\n");
}

static bool
read_arguments(char **argv)
{
	int64_t port, links;

	while (run.mode < MODES && strcmp(argv[1], mode_names[run.mode]) != 0)
		run.mode++;
	if (run.mode == MODES || !str_int(str_of(argv[2]), &port) ||
	    !str_int(str_of(argv[3]), &links) || !str_int(str_of(argv[4]), &run.seconds) ||
	    port < 1 || port > 65535 || links < 1 || links > 100000)
		return false;
	run.to = (struct sockaddr_in){.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	run.links_n = (size_t)links;
	run.word = argv[6];
	return true;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	int64_t began;

	if (argc != 7 || !read_arguments(argv)) {
		fprintf(stderr, "usage: aldgate-drive get|fresh|refresh|login|signup|idle PORT "
				"CONNECTIONS SECONDS TOKENS PATH|PASSWORD|-\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	read_people(argv[5]);
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	began = clock_mono();
	run.end = began + run.seconds * SECOND;
	open_links();
	loop();
	print((double)(clock_mono() - began) / 1e6, own_cpu());
	return 0;
}
