/*
 * What a piece of work carries with it: its memory, the store, the configuration, who asked, and
 * what went wrong in words. First argument of nearly every function above base. The pointers are
 * set when the work starts and outlive it; base knows no more of them than their names.
 */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"
#include "base/err.h"

struct store;
struct db;
struct config;
struct vault;
struct keyring;
struct hasher;
struct shared;
struct geo;
struct caller;

struct field_error {
	struct field_error *next;
	struct str field;
	struct str message;
};

/* One more member of a problem: a text, or with `list` a list of texts. */
struct fault_extra {
	struct fault_extra *next;
	const char *name;
	struct str text;
	const struct str_list *list; /* NULL: text */
};

/* What an error answer says beyond its row in errors.def. */
struct fault {
	struct str detail;          /* absent: the row's sentence */
	struct field_error *fields; /* in the order they were found */
	int64_t retry_after;        /* seconds, 0: none */
	struct fault_extra *extras;
};

struct ctx {
	struct arena *arena;
	const struct config *config;
	struct store *store;
	struct db *db; /* the connection of the transaction that runs, else NULL (store.h) */
	struct vault *vault;
	struct keyring *keys;
	struct hasher *hasher;
	struct shared *shared;       /* rates, gates, last-seen times: domain/shared.h */
	struct geo *geo;             /* NULL: no database of places is configured */
	const struct caller *caller; /* never NULL inside a use case (domain/caller.h) */
	struct str request_id;
	struct fault fault;
};

/* Sets the detail and returns e. The text must not hold a secret. */
enum err fail(struct ctx *cx, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds one field error (both texts are copied) and returns ERR_INVALID. */
enum err fail_field(struct ctx *cx, const char *field, const char *message);
/* e with "try again in so many seconds" (rounded up from microseconds, at least 1). */
enum err fail_retry(struct ctx *cx, enum err e, int64_t after_us);
/* Adds a member to the problem. name must live for ever, the texts as long as cx's arena. */
void fail_extra(struct ctx *cx, const char *name, struct str text);
void fail_extra_list(struct ctx *cx, const char *name, const struct str_list *list);
/* What people are told: the detail, or the row's sentence. */
struct str fault_sentence(const struct fault *f, const struct err_row *row);
void fault_clear(struct ctx *cx);

#endif
