/*
 * Papers: what is known of each, and its sealed bytes in pieces. An upload writes its documents and
 * pieces in many short transactions and attaches them to an application in a last one; until then
 * nobody sees them. What is taken away loses its key at once, and its pieces in batches.
 */
#ifndef STORE_KYC_PAPER_H
#define STORE_KYC_PAPER_H

#include "base/ctx.h"
#include "base/uuid.h"

struct kyc_document {
	struct uuid id, user_id;
	struct uuid application_id; /* all zero: still on its way */
	struct uuid upload_id;      /* all zero: attached */
	struct str kind;            /* "front", "back", "selfie" */
	struct str content_type;    /* by its bytes */
	int64_t size;               /* bytes */
	struct str sha256;          /* 32 bytes, of the plain paper */
	struct str key;             /* sealed under "kyc-paper:<id>"; absent: erased */
	int64_t pieces;
	int64_t created_at, erased_at; /* erased_at 0: not */
};

/* All of these inside a store_write. */
MUST_CHECK enum err
kyc_upload_insert(struct ctx *cx, const struct uuid *upload, const struct uuid *user, int64_t now);
MUST_CHECK enum err kyc_document_insert(struct ctx *cx, const struct kyc_document *d);
/* ERR_NOT_FOUND: its upload was given up meanwhile. */
MUST_CHECK enum err
kyc_piece_insert(struct ctx *cx, const struct uuid *document, int64_t seq, struct str data);
/* The upload's documents become the application's; ERR_NOT_FOUND when it was given up. */
MUST_CHECK enum err
kyc_upload_attach(struct ctx *cx, const struct uuid *upload, const struct uuid *application);
/* Given up: its documents go. */
MUST_CHECK enum err kyc_upload_drop(struct ctx *cx, const struct uuid *upload, int64_t now);
/* The keys of an application's papers go now, the pieces by and by. */
MUST_CHECK enum err
kyc_documents_erase(struct ctx *cx, const struct uuid *application, int64_t now);
/* Applications, papers and uploads of an account. */
MUST_CHECK enum err kyc_forget(struct ctx *cx, const struct uuid *user, int64_t now);
/* Takes at most limit pieces of what is gone away; *removed: how many. */
MUST_CHECK enum err kyc_trash_sweep(struct ctx *cx, int64_t limit, int64_t *removed);

/* Of the user, begun at `since` or later. */
MUST_CHECK enum err
kyc_upload_count(struct ctx *cx, const struct uuid *user, int64_t since, int64_t *count);
typedef void (*kyc_upload_fn)(struct ctx *cx, const struct uuid *upload, void *arg);
/* Those begun before `before`. */
MUST_CHECK enum err
kyc_uploads_older(struct ctx *cx, int64_t before, int64_t limit, kyc_upload_fn each, void *arg);

typedef void (*kyc_document_fn)(struct ctx *cx, const struct kyc_document *d, void *arg);
/* In the order they came. */
MUST_CHECK enum err
kyc_document_list(struct ctx *cx, const struct uuid *application, kyc_document_fn each, void *arg);
/* ERR_NOT_FOUND also for another application's. */
MUST_CHECK enum err kyc_document_by_id(struct ctx *cx, const struct uuid *application,
				       const struct uuid *id, struct kyc_document *out);
/* ERR_NOT_FOUND behind the last. */
MUST_CHECK enum err
kyc_piece_read(struct ctx *cx, const struct uuid *document, int64_t seq, struct str *data);

#endif
