/* Reads byte by byte up to the end of the line, so nothing behind it is swallowed. */
#include "cli/password_prompt.h"

#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1025

static bool
read_line(struct arena *a, struct str *out)
{
	char line[LINE_MAX_BYTES], c = 0;
	size_t n = 0;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		if (n < sizeof line)
			line[n++] = c;
	if (n && line[n - 1] == '\r')
		n--;
	*out = str_copy(a, (struct str){line, n});
	wipe(line, sizeof line);
	return n > 0;
}

static bool
ask(struct arena *a, const char *prompt, struct str *out)
{
	struct termios was, quiet;
	bool got;

	if (tcgetattr(STDIN_FILENO, &was) != 0)
		return false;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)fputs(prompt, stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	got = read_line(a, out);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	(void)fputc('\n', stderr);
	return got;
}

bool
password_read(struct arena *a, struct str *out)
{
	struct str again;

	if (!isatty(STDIN_FILENO))
		return read_line(a, out);
	if (!ask(a, "Password: ", out) || !ask(a, "Again: ", &again))
		return false;
	return secret_eq(secret_of(*out), secret_of(again));
}
