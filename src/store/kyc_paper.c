/*
 * Pieces stand apart from their documents and without a reference to them: deleting 50 MiB by a
 * cascade would hold up every other write, while the key that makes them worth anything goes in one
 * small row.
 */
#include "store/kyc_paper.h"

#include "store/rows.h"

enum err
kyc_upload_insert(struct ctx *cx, const struct uuid *upload, const struct uuid *user, int64_t now)
{
	return RUN(cx, Q_KYC_UPLOAD_INSERT, NULL, A_ID(upload), A_ID(user), A_INT(now));
}

enum err
kyc_document_insert(struct ctx *cx, const struct kyc_document *d)
{
	return RUN(cx, Q_KYC_DOCUMENT_INSERT, NULL, A_ID(&d->id), A_ID(&d->user_id),
		   A_ID(&d->upload_id), A_TEXT(d->kind), A_TEXT(d->content_type), A_INT(d->size),
		   A_BLOB(d->sha256), A_BLOB(d->key), A_INT(d->pieces), A_INT(d->created_at));
}

enum err
kyc_piece_insert(struct ctx *cx, const struct uuid *document, int64_t seq, struct str data)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_PIECE_INSERT, &changed, A_ID(document), A_INT(seq), A_BLOB(data)));
	return changed_one(changed);
}

enum err
kyc_upload_attach(struct ctx *cx, const struct uuid *upload, const struct uuid *application)
{
	int64_t changed;

	TRY(RUN(cx, Q_KYC_UPLOAD_ATTACH, &changed, A_ID(upload), A_ID(application)));
	TRY(changed_one(changed));
	return RUN(cx, Q_KYC_UPLOAD_DELETE, NULL, A_ID(upload));
}

enum err
kyc_upload_drop(struct ctx *cx, const struct uuid *upload, int64_t now)
{
	TRY(RUN(cx, Q_KYC_TRASH_UPLOAD, NULL, A_ID(upload), A_INT(now)));
	return RUN(cx, Q_KYC_UPLOAD_DELETE, NULL, A_ID(upload));
}

enum err
kyc_documents_erase(struct ctx *cx, const struct uuid *application, int64_t now)
{
	TRY(RUN(cx, Q_KYC_TRASH_APPLICATION, NULL, A_ID(application), A_INT(now)));
	return RUN(cx, Q_KYC_DOCUMENTS_ERASE, NULL, A_ID(application), A_INT(now));
}

enum err
kyc_forget(struct ctx *cx, const struct uuid *user, int64_t now)
{
	TRY(RUN(cx, Q_KYC_TRASH_USER, NULL, A_ID(user), A_INT(now)));
	TRY(RUN(cx, Q_KYC_DOCUMENTS_DELETE_ALL, NULL, A_ID(user)));
	TRY(RUN(cx, Q_KYC_UPLOADS_DELETE_ALL, NULL, A_ID(user)));
	return RUN(cx, Q_KYC_APPLICATIONS_DELETE_ALL, NULL, A_ID(user));
}

enum err
kyc_trash_sweep(struct ctx *cx, int64_t limit, int64_t *removed)
{
	TRY(RUN(cx, Q_KYC_TRASH_PIECES, removed, A_INT(limit)));
	return *removed < limit ? query_run(cx, Q_KYC_TRASH_EMPTY, NULL, 0, NULL) : OK;
}

enum err
kyc_upload_count(struct ctx *cx, const struct uuid *user, int64_t since, int64_t *count)
{
	return ONE(cx, Q_KYC_UPLOAD_COUNT, read_int, count, A_ID(user), A_INT(since));
}

struct upload_walk {
	kyc_upload_fn each;
	void *arg;
};

static void
visit_upload(struct ctx *cx, const struct row *r, void *out)
{
	const struct upload_walk *w = out;
	struct uuid id = row_id(r, 0);

	w->each(cx, &id, w->arg);
}

enum err
kyc_uploads_older(struct ctx *cx, int64_t before, int64_t limit, kyc_upload_fn each, void *arg)
{
	struct upload_walk w = {each, arg};

	return ALL(cx, Q_KYC_UPLOADS_OLDER, visit_upload, &w, A_INT(before), A_INT(limit));
}

static void
read_document(struct ctx *cx, const struct row *r, void *out)
{
	*(struct kyc_document *)out = (struct kyc_document){
		.id = row_id(r, 0),
		.user_id = row_id(r, 1),
		.application_id = row_id(r, 2),
		.upload_id = row_id(r, 3),
		.kind = row_text(cx, r, 4),
		.content_type = row_text(cx, r, 5),
		.size = row_int(r, 6),
		.sha256 = row_blob(cx, r, 7),
		.key = row_blob(cx, r, 8),
		.pieces = row_int(r, 9),
		.created_at = row_int(r, 10),
		.erased_at = row_int(r, 11),
	};
}

struct document_walk {
	kyc_document_fn each;
	void *arg;
};

static void
visit_document(struct ctx *cx, const struct row *r, void *out)
{
	const struct document_walk *w = out;
	struct kyc_document d;

	read_document(cx, r, &d);
	w->each(cx, &d, w->arg);
}

enum err
kyc_document_list(struct ctx *cx, const struct uuid *application, kyc_document_fn each, void *arg)
{
	struct document_walk w = {each, arg};

	return ALL(cx, Q_KYC_DOCUMENT_LIST, visit_document, &w, A_ID(application));
}

enum err
kyc_document_by_id(struct ctx *cx, const struct uuid *application, const struct uuid *id,
		   struct kyc_document *out)
{
	return ONE(cx, Q_KYC_DOCUMENT_BY_ID, read_document, out, A_ID(id), A_ID(application));
}

static void
read_data(struct ctx *cx, const struct row *r, void *out)
{
	*(struct str *)out = row_blob(cx, r, 0);
}

enum err
kyc_piece_read(struct ctx *cx, const struct uuid *document, int64_t seq, struct str *data)
{
	return ONE(cx, Q_KYC_PIECE_BY_SEQ, read_data, data, A_ID(document), A_INT(seq));
}
