/*
 * Growing text. The heap form never calls realloc, which could leave a copy of a secret behind: the
 * old memory is wiped before it is given back.
 */
#include "base/buf.h"

#define FIRST_ROOM 256

void
buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){.cap = cap};
}

void
buf_init_arena(struct buf *b, struct arena *a, size_t cap)
{
	*b = (struct buf){.cap = cap, .arena = a};
}

static void
free_text(struct buf *b)
{
	if (!b->p || b->arena)
		return;
	wipe(b->p, b->room + 1);
	free(b->p);
}

void
buf_release(struct buf *b)
{
	free_text(b);
	*b = (struct buf){.cap = b->cap, .arena = b->arena};
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
	if (b->p)
		b->p[0] = '\0';
}

/* Room for n bytes more and the NUL behind them; false when the cap forbids it. */
static bool
reserve(struct buf *b, size_t n)
{
	size_t room = b->room ? b->room : FIRST_ROOM;
	char *p;

	if (b->full || n > b->cap - b->n) {
		b->full = true;
		return false;
	}
	if (b->p && n <= b->room - b->n)
		return true;
	while (room < b->n + n)
		room *= 2;
	if (room > b->cap)
		room = b->cap;
	p = b->arena ? arena_alloc(b->arena, room + 1) : malloc(room + 1);
	if (!p)
		die("no memory for a text of %zu bytes", room);
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	p[b->n] = '\0';
	free_text(b);
	b->p = p;
	b->room = room;
	return true;
}

char *
buf_more_slowly(struct buf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;
	b->n += n;
	b->p[b->n] = '\0';
	return b->p + b->n - n;
}

void
buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void
buf_z(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_int(struct buf *b, int64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits[--at] = '-';
	buf_add(b, digits + at, sizeof(digits) - at);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		die("a format that can't be printed: %s", format);
	if (n == 0 || !reserve(b, (size_t)n))
		return;
	va_start(ap, format);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, ap);
	va_end(ap);
	b->n += (size_t)n;
}
