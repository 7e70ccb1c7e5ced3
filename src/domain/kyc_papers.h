/*
 * Papers into the store and out of it, in pieces of at most 256 KiB, each in a short transaction of
 * its own, so that neither memory nor the writer is filled by one upload.
 */
#ifndef DOMAIN_KYC_PAPERS_H
#define DOMAIN_KYC_PAPERS_H

#include "base/list.h"
#include "crypto/spool.h"
#include "store/kyc_paper.h"

#define KYC_PAPERS_MOST 5

/* One as it was sent. */
struct kyc_paper {
	struct str kind;     /* "front", "back", "selfie" */
	struct spool *bytes; /* the caller's; written to its end */
};

/*
 * Looks at each: *out gets a struct kyc_document of each in its order, with kind, type by content,
 * size and digest. ERR_INVALID, with a field error under the kind, for one that is empty or of
 * another type, or when there were field errors before. ERR_TOO_LARGE past kyc.max_file.
 */
MUST_CHECK enum err kyc_papers_look(struct ctx *cx, const struct list *papers, struct list *out);

/*
 * Writes them as an upload of the user that no application has yet; upload and the documents' ids
 * are made here. Whoever calls this attaches it (kyc_upload_attach) or drops it. ERR_THROTTLED: too
 * many uploads of the user are under way. ERR_OVERLOADED. ERR_UNAVAILABLE. After an error the
 * upload is gone, or will be soon (kyc_papers_sweep).
 */
MUST_CHECK enum err kyc_papers_store(struct ctx *cx, const struct uuid *user,
				     const struct list *papers, struct list *documents,
				     struct uuid *upload);
/* An upload that is not wanted after all. */
void kyc_papers_drop(struct ctx *cx, const struct uuid *upload);

/* The plain bytes into a new spool beside nothing, rewound: the caller frees it. ERR_NOT_FOUND: it
 * was erased. */
MUST_CHECK enum err
kyc_paper_load(struct ctx *cx, const struct kyc_document *d, struct spool **out);

/* A round of cleaning: uploads that broke off, pieces of what is gone. */
MUST_CHECK enum err kyc_papers_sweep(struct ctx *cx);

#endif
