/*
 * The chain that audit events form: each has a number and a MAC over itself and the MAC before it,
 * under a key that is not in the database. Who can only write the database can't change, insert,
 * reorder or take away an event without audit_verify telling, not even the last ones.
 */
#ifndef DOMAIN_AUDIT_CHAIN_H
#define DOMAIN_AUDIT_CHAIN_H

#include "store/record.h"

/* Inside a store_write: numbers e, makes its MAC and stores it. */
MUST_CHECK enum err audit_append(struct ctx *cx, struct audit_event *e);
/* Inside a store_write: takes away the oldest events, at most limit, that were written before
 * `before`; what is left still verifies. */
MUST_CHECK enum err audit_trim(struct ctx *cx, int64_t before, int64_t limit, int64_t *removed);

struct audit_report {
	int64_t events;    /* that were looked at and are good */
	int64_t unchained; /* older than the chain */
	int64_t first_at, last_at;
	const char *wrong; /* NULL: the chain is whole; else what is wrong with … */
	int64_t bad_seq;
	struct uuid bad_id; /* all zero: it is not there */
};
/* Reads all of them. OK also when the chain is broken: the report tells. */
MUST_CHECK enum err audit_verify(struct ctx *cx, struct audit_report *out);

#endif
