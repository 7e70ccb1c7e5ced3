/* What happened: sign-ins and audit events, in pages, newest first. */
#ifndef DOMAIN_ACTIVITY_H
#define DOMAIN_ACTIVITY_H

#include "base/list.h"
#include "domain/cursor.h"
#include "store/record.h"

struct record_list {
	struct list items; /* struct login_record or struct audit_event */
	struct str next_cursor;
};

/* The caller's own. */
MUST_CHECK enum err logins_own(struct ctx *cx, const struct page_in *in, struct record_list *out);

struct login_search {
	struct page_in page;
	struct uuid user; /* all zero: any */
	struct str ip, outcome;
};
MUST_CHECK enum err
logins_search(struct ctx *cx, const struct login_search *in, struct record_list *out);

struct audit_search {
	struct page_in page;
	struct uuid subject, actor; /* all zero: any */
	struct str action;
};
MUST_CHECK enum err
audit_search(struct ctx *cx, const struct audit_search *in, struct record_list *out);

#endif
