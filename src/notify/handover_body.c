/*
 * The JSON's small parts are made by the writer that all JSON is made by, with their closing
 * brackets left off where something long follows; the papers go between as they are opened. What a
 * paper takes while it is copied is given back before the next.
 */
#include "notify/handover_body.h"

#include "base/enc.h"
#include "base/json_write.h"
#include "domain/kyc.h"
#include "domain/kyc_number.h"
#include "domain/kyc_papers.h"
#include "store/user.h"

#define PAPERS_MOST 64 /* newest first to stay: an application may have been sent again often */
#define PART_MAX ((size_t)16 * 1024)
#define PAPER_ARENA ((size_t)4 * 1024 * 1024)

struct out {
	struct spool *to;
	struct webhook_signer *sign;
};

struct papers {
	struct kyc_document v[PAPERS_MOST];
	size_t n;
};

static enum err
put(void *arg, struct str piece)
{
	const struct out *o = arg;

	webhook_sign_add(o->sign, piece);
	return spool_add(o->to, piece.p, piece.n);
}

/* `cut` bytes of its end are left off. */
static enum err
put_part(struct out *o, const struct buf *part, size_t cut)
{
	return part->full ? ERR_INTERNAL : put(o, (struct str){part->p, part->n - cut});
}

static void
keep(struct ctx *cx UNUSED, const struct kyc_document *d, void *arg)
{
	struct papers *p = arg;

	if (d->erased_at || str_absent(d->key))
		return;
	if (p->n == PAPERS_MOST)
		memmove(p->v, p->v + 1, --p->n * sizeof(p->v[0]));
	p->v[p->n++] = *d;
}

/* All but the papers, up to the bracket that opens their list. */
static enum err
put_head(struct ctx *cx, struct out *o, struct kyc_application *a)
{
	struct buf part;
	struct json_out w;

	TRY(kyc_number_open(cx, a));
	buf_init_arena(&part, cx->arena, PART_MAX);
	w = json_to(&part);
	json_open(&w);
	json_pair_str(&w, "type", S("kyc.submission"));
	json_pair_time(&w, "timestamp", a->submitted_at);
	json_key(&w, "data");
	json_open(&w);
	json_pair_uuid(&w, "application_id", &a->id);
	json_pair_uuid(&w, "user_id", &a->user_id);
	json_pair_str(&w, "full_name", a->full_name);
	json_pair_str(&w, "date_of_birth", a->date_of_birth);
	json_pair_str(&w, "country", a->country);
	json_pair_str(&w, "document_type", a->document_type);
	json_pair_str(&w, "document_number", a->document_number);
	json_pair_time(&w, "submitted_at", a->submitted_at);
	json_key(&w, "documents");
	json_open_list(&w);
	return put_part(o, &part, 0);
}

static enum err
put_paper_head(struct ctx *cx, struct out *o, const struct kyc_document *d, bool first)
{
	struct buf part, sha256;
	struct json_out w;

	buf_init_arena(&sha256, cx->arena, 128);
	hex_encode(&sha256, d->sha256.p, d->sha256.n);
	buf_init_arena(&part, cx->arena, PART_MAX);
	buf_z(&part, first ? "" : ",");
	w = json_to(&part);
	json_open(&w);
	json_pair_uuid(&w, "id", &d->id);
	json_pair_str(&w, "kind", d->kind);
	json_pair_str(&w, "content_type", d->content_type);
	json_key(&w, "size");
	json_int(&w, d->size);
	json_pair_str(&w, "sha256", buf_view(&sha256));
	json_pair_time(&w, "submitted_at", d->created_at);
	json_pair_str(&w, "data_base64", S(""));
	json_close(&w);
	return put_part(o, &part, 2);
}

static enum err
put_paper(struct ctx *cx, struct out *o, const struct kyc_document *d, bool first)
{
	struct spool *paper;
	enum err e;

	TRY(put_paper_head(cx, o, d, first));
	TRY(kyc_paper_load(cx, d, &paper));
	e = spool_base64(paper, put, o);
	spool_free(paper);
	return e == OK ? put(o, S("\"}")) : e;
}

static enum err
put_papers(struct ctx *cx, struct out *o, const struct papers *p)
{
	struct arena arena;
	struct ctx own = *cx;
	enum err e = OK;

	arena_init(&arena, PAPER_ARENA);
	own.arena = &arena;
	for (size_t i = 0; e == OK && i < p->n; i++) {
		e = put_paper(&own, o, &p->v[i], i == 0);
		arena_reset(&arena);
	}
	arena_release(&arena);
	return e;
}

static enum err
write_all(struct ctx *cx, struct out *o, struct kyc_application *a, const struct papers *p)
{
	TRY(put_head(cx, o, a));
	TRY(put_papers(cx, o, p));
	TRY(put(o, S("]}}")));
	return spool_rewind(o->to);
}

enum err
handover_body(struct ctx *cx, const struct uuid *application, struct webhook_signer *s,
	      struct spool **out)
{
	struct papers *p = arena_new(cx->arena, struct papers);
	struct out o = {.sign = s};
	struct kyc_application a;
	struct user owner;
	enum err e;

	TRY(kyc_by_id(cx, application, &a));
	TRY(user_by_id(cx, &a.user_id, &owner));
	if (owner.deleted_at)
		return ERR_NOT_FOUND;
	TRY(kyc_document_list(cx, application, keep, p));
	if (!str_eq(a.status, KYC_PENDING) || p->n == 0)
		return ERR_NOT_FOUND;
	TRY(spool_open(cx->config->server_data_dir, &o.to));
	e = write_all(cx, &o, &a, p);
	if (e != OK)
		spool_free(o.to);
	else
		*out = o.to;
	return e;
}
