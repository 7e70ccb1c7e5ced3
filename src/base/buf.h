/*
 * The only builder of text and bytes. Grows by doubling up to a cap that is named when it is made;
 * what does not fit sets `full` and is dropped, so that a chain of appends is checked once, at its
 * end. Always NUL-terminated behind its n bytes. Memory is the heap's (buf_release) or an arena's.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t room;
	size_t cap;
	bool full;
	struct arena *arena; /* NULL: heap */
};

void buf_init(struct buf *b, size_t cap);
void buf_init_arena(struct buf *b, struct arena *a, size_t cap);
/* Wipes and frees (heap) or forgets (arena). */
void buf_release(struct buf *b);
/* Empties it, keeps the memory. Does not wipe. */
void buf_clear(struct buf *b);

/* n bytes more, which the caller fills; NULL when the cap forbids them. */
char *buf_more_slowly(struct buf *b, size_t n);
static inline char *
buf_more(struct buf *b, size_t n)
{
	char *at;

	if (!b->p || b->full || n > b->room - b->n)
		return buf_more_slowly(b, n);
	at = b->p + b->n;
	b->n += n;
	b->p[b->n] = '\0';
	return at;
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *at = n > 0 ? buf_more(b, n) : NULL;

	if (at)
		memcpy(at, p, n);
}

static inline void
buf_char(struct buf *b, char c)
{
	char *at = buf_more(b, 1);

	if (at)
		*at = c;
}

void buf_str(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *text);
void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct str
buf_view(const struct buf *b)
{
	return (struct str){b->p ? b->p : "", b->n};
}

#define CLEANUP_BUF CLEANUP(buf_release)

#endif
