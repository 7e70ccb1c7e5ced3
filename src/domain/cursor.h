/* Pages of a list: how many rows, and behind which. A cursor is opaque, signed, and good for the
 * very list that it was handed out for. */
#ifndef DOMAIN_CURSOR_H
#define DOMAIN_CURSOR_H

#include "base/ctx.h"
#include "base/list.h"
#include "base/uuid.h"

#define PAGE_MOST 100
#define PAGE_DEFAULT 20

struct page_in {
	int64_t limit;     /* 0: not asked for */
	struct str cursor; /* absent: from the start */
};

struct page {
	int64_t limit;
	struct str scope;
	struct str key; /* of the last row of the page before; absent: from the start */
};

/* scope: which list, of whom, filtered how. ERR_INVALID (field "cursor") for one that was not
 * handed out for it. */
MUST_CHECK enum err
paging_begin(struct ctx *cx, const struct page_in *in, struct str scope, struct page *out);
/* For the page behind the row of this key. */
struct str paging_cursor(struct ctx *cx, const struct page *p, struct str key);

/* The same by ids. false: the page is the first. */
bool paging_id(const struct page *p, struct uuid *id);
struct str paging_cursor_id(struct ctx *cx, const struct page *p, const struct uuid *id);
/*
 * rows has one more than the page when another page follows: then it is cut to the page, and the
 * cursor for the next one is returned; else an absent one. Of each row of `size` bytes the id lies
 * at id_at.
 */
struct str
paging_end_id(struct ctx *cx, const struct page *p, struct list *rows, size_t size, size_t id_at);
#define PAGING_END_ID(cx, p, rows, type)                                                           \
	paging_end_id((cx), (p), (rows), sizeof(type), offsetof(type, id))

#endif
