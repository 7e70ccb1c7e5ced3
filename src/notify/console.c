/*
 * How a developer sees codes and links: printed, in one write where the terminal takes it, so that
 * nothing else that is printed stands inside.
 */
#include "notify/console.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define CHUNK ((size_t)4096) /* PIPE_BUF: poll(2) promises room for as much */
#define TRIES 60
#define WAIT_MS 500

/* Terminals obey control characters, so they are shown, not sent. */
void
console_escape(struct buf *out, struct str line)
{
	size_t n;

	for (; line.n > 0; line = str_from(line, n)) {
		for (n = 1; n < line.n && ((unsigned char)line.p[n] & 0xc0) == 0x80;)
			n++;
		if (utf8_valid((struct str){line.p, n}) &&
		    !utf8_has_control((struct str){line.p, n}))
			buf_add(out, line.p, n);
		else
			for (size_t i = 0; i < n; i++)
				buf_printf(out, "\\x%02x", (unsigned char)line.p[i]);
	}
}

void
console_lines(struct buf *out, struct str text)
{
	struct str line;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	while (str_cut(&text, '\n', &line)) {
		console_escape(out, line);
		buf_char(out, '\n');
	}
}

/* Waits for the reader of a full pipe, but neither for ever nor past the end of the process. */
static bool
wait_for_stdout(const atomic_bool *stop)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

	for (int i = 0; i < TRIES && !atomic_load(stop); i++)
		if (poll(&p, 1, WAIT_MS) > 0)
			return (p.revents & POLLOUT) != 0;
	return false;
}

bool
console_print(const atomic_bool *stop, struct str text)
{
	while (text.n > 0) {
		ssize_t n;

		if (!wait_for_stdout(stop))
			return false;
		n = write(STDOUT_FILENO, text.p, text.n < CHUNK ? text.n : CHUNK);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (n > 0)
			text = str_from(text, (size_t)n);
	}
	return true;
}
