/*
 * Few at a time go through here: what a storing upload holds in memory is a piece and a block, but
 * all of them share one writer with everybody who signs in. A break at any point, the process's own
 * end too, leaves an upload that no application knows, and a row that says so.
 */
#include "domain/kyc_papers.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/paper.h"
#include "domain/kyc.h"
#include "domain/paper_type.h"
#include "domain/shared.h"
#include "store/store.h"

#define PIECE_BLOCKS 3 /* of a spool: 192 KiB */
#define PIECE (PIECE_BLOCKS * SPOOL_BLOCK)
#define PIECE_ARENA ((size_t)4 * 1024 * 1024)
#define UPLOADS_A_USER 4
#define PATIENCE 3                /* times the gate's */
#define UPLOAD_LIFE (15 * MINUTE) /* longer than any that is alive takes */
#define UPLOADS_SWEPT 50
#define TRASH_BATCH 8 /* pieces: 1.5 MiB */
#define TRASH_BATCHES_MOST 200

static enum err
look_at(struct ctx *cx, const struct kyc_paper *p, struct kyc_document *d)
{
	const struct str_list known = {kyc_kinds, KYC_KINDS};
	const char *field = list_has(known, p->kind) ? str_z(cx->arena, p->kind) : "documents";
	uint8_t *sum = arena_alloc(cx->arena, DIGEST_SIZE);
	struct digest digest;
	struct str piece;

	d->kind = p->kind;
	d->size = spool_size(p->bytes);
	d->pieces = (d->size + (int64_t)PIECE - 1) / (int64_t)PIECE;
	if (d->size == 0)
		return fail_field(cx, field, "This file is empty.");
	if (d->size > cx->config->kyc_max_file)
		return fail(cx, ERR_TOO_LARGE, "A paper may have at most %" PRId64 " bytes.",
			    cx->config->kyc_max_file);
	TRY(spool_rewind(p->bytes));
	TRY(spool_read(p->bytes, &piece));
	TRY(paper_type(cx, piece, &d->content_type));
	if (str_absent(d->content_type))
		return fail_field(cx, field, "Send a JPEG, PNG, WebP, HEIC or PDF file.");
	digest_begin(&digest);
	while (piece.n > 0) {
		digest_add(&digest, piece);
		TRY(spool_read(p->bytes, &piece));
	}
	digest_end(&digest, sum);
	d->sha256 = (struct str){(const char *)sum, DIGEST_SIZE};
	return OK;
}

enum err
kyc_papers_look(struct ctx *cx, const struct list *papers, struct list *out)
{
	const struct kyc_paper *v = papers->v;
	struct kyc_document *d = arena_array(cx->arena, struct kyc_document, papers->n);
	enum err e;

	for (size_t i = 0; i < papers->n; i++) {
		e = look_at(cx, &v[i], &d[i]);
		if (e != OK && e != ERR_INVALID)
			return e;
	}
	*out = (struct list){d, papers->n};
	return cx->fault.fields ? ERR_INVALID : OK;
}

/* What began before this broke off: an embedded store's uploads end with their process. */
static int64_t
alive_since(struct ctx *cx)
{
	int64_t since = clock_now() - UPLOAD_LIFE;

	if (store_is_embedded(cx->store) && shared_since(cx->shared) > since)
		since = shared_since(cx->shared);
	return since;
}

struct storing {
	struct uuid upload, user;
	const struct kyc_document *d;
	int64_t seq;
	struct str piece;
	bool refused;
};

static enum err
begin_upload(struct ctx *cx, void *arg)
{
	struct storing *s = arg;
	int64_t count;

	TRY(kyc_upload_count(cx, &s->user, alive_since(cx), &count));
	s->refused = count >= UPLOADS_A_USER;
	return s->refused ? OK : kyc_upload_insert(cx, &s->upload, &s->user, clock_now());
}

static enum err
put_document(struct ctx *cx, void *arg)
{
	const struct storing *s = arg;

	return kyc_document_insert(cx, s->d);
}

static enum err
put_piece(struct ctx *cx, void *arg)
{
	const struct storing *s = arg;

	return err_map(kyc_piece_insert(cx, &s->d->id, s->seq, s->piece), ERR_NOT_FOUND,
		       ERR_CONFLICT);
}

static struct str
context_of(struct ctx *cx, const struct kyc_document *d)
{
	return str_print(cx->arena, "kyc-paper:%.*s", STR_ARG(uuid_text(cx->arena, &d->id)));
}

/* Several blocks of the spool into one piece; *n: its bytes. */
static enum err
gather(struct spool *from, char *to, size_t *n)
{
	struct str block;

	*n = 0;
	for (int i = 0; i < PIECE_BLOCKS; i++) {
		TRY(spool_read(from, &block));
		memcpy(to + *n, block.p, block.n);
		*n += block.n;
	}
	return OK;
}

static enum err
store_pieces(struct ctx *cx, struct storing *s, struct paper_cipher *cipher, struct spool *from)
{
	char *plain = arena_alloc(cx->arena, PIECE);
	char *sealed = arena_alloc(cx->arena, PIECE + PAPER_EXTRA);
	size_t n;

	TRY(spool_rewind(from));
	for (s->seq = 0; s->seq < s->d->pieces; s->seq++) {
		TRY(gather(from, plain, &n));
		paper_seal(cipher, (struct str){plain, n}, s->seq + 1 == s->d->pieces, sealed);
		s->piece = (struct str){sealed, n + PAPER_EXTRA};
		TRY(store_write(cx, put_piece, s));
	}
	return OK;
}

static enum err
store_paper(struct ctx *cx, struct storing *s, struct spool *from, struct kyc_document *d)
{
	struct arena arena;
	struct ctx own = *cx;
	struct paper_cipher cipher;
	enum err e;

	TRY(uuid_new(&d->id));
	d->user_id = s->user;
	d->upload_id = s->upload;
	d->created_at = clock_now();
	TRY(paper_seal_begin(cx, context_of(cx, d), &cipher, &d->key));
	s->d = d;
	TRY(store_write(cx, put_document, s));
	arena_init(&arena, PIECE_ARENA);
	own.arena = &arena;
	e = store_pieces(&own, s, &cipher, from);
	arena_release(&arena);
	paper_end(&cipher);
	return e;
}

static enum err
store_all(struct ctx *cx, struct storing *s, const struct list *papers, struct list *documents)
{
	const struct kyc_paper *p = papers->v;
	struct kyc_document *d = arena_copy(cx->arena, documents->v, documents->n * sizeof(*d));

	for (size_t i = 0; i < papers->n; i++)
		TRY(store_paper(cx, s, p[i].bytes, &d[i]));
	documents->v = d;
	return OK;
}

/* Longer than a sign-in would wait: who has sent 50 MiB is not sent away for a busy minute. */
static enum err
wait_for_turn(struct ctx *cx)
{
	enum err e = ERR_OVERLOADED;

	for (int i = 0; i < PATIENCE && e == ERR_OVERLOADED; i++) {
		fault_clear(cx);
		e = gate_enter(cx, GATE_PAPERS);
	}
	return e;
}

enum err
kyc_papers_store(struct ctx *cx, const struct uuid *user, const struct list *papers,
		 struct list *documents, struct uuid *upload)
{
	struct storing s = {.user = *user};
	enum err e;

	TRY(uuid_new(&s.upload));
	TRY(wait_for_turn(cx));
	e = store_write(cx, begin_upload, &s);
	if (e == OK && s.refused)
		e = fail_retry(cx, ERR_THROTTLED, MINUTE);
	if (e == OK && (e = store_all(cx, &s, papers, documents)) != OK)
		kyc_papers_drop(cx, &s.upload);
	gate_leave(cx->shared, GATE_PAPERS);
	*upload = s.upload;
	return e;
}

static enum err
drop(struct ctx *cx, void *arg)
{
	return kyc_upload_drop(cx, arg, clock_now());
}

void
kyc_papers_drop(struct ctx *cx, const struct uuid *upload)
{
	struct uuid copy = *upload;
	struct fault fault = cx->fault;

	/* When the store is away the sweep does it later. */
	if (store_write(cx, drop, &copy) != OK)
		cx->fault = fault;
}

static enum err
load_pieces(struct ctx *cx, const struct kyc_document *d, struct paper_cipher *cipher,
	    struct spool *to)
{
	struct arena arena;
	struct ctx own = *cx;
	enum err e = OK;

	arena_init(&arena, PIECE_ARENA);
	own.arena = &arena;
	for (int64_t seq = 0; e == OK && seq < d->pieces; seq++) {
		struct str sealed;
		char *plain;

		arena_reset(&arena);
		plain = arena_alloc(&arena, PIECE);
		e = kyc_piece_read(&own, &d->id, seq, &sealed);
		if (e == OK && sealed.n > PIECE + PAPER_EXTRA)
			e = ERR_INTERNAL;
		if (e == OK)
			e = paper_open(cipher, sealed, seq + 1 == d->pieces, plain);
		if (e == OK)
			e = spool_add(to, plain, sealed.n - PAPER_EXTRA);
	}
	arena_release(&arena);
	return e == OK ? spool_rewind(to) : e;
}

enum err
kyc_paper_load(struct ctx *cx, const struct kyc_document *d, struct spool **out)
{
	struct paper_cipher cipher;
	struct spool *s;
	enum err e;

	if (d->erased_at || str_absent(d->key))
		return ERR_NOT_FOUND;
	TRY(paper_open_begin(cx, context_of(cx, d), d->key, &cipher));
	TRY(spool_open(cx->config->server_data_dir, &s));
	e = load_pieces(cx, d, &cipher, s);
	paper_end(&cipher);
	if (e != OK)
		spool_free(s);
	else
		*out = s;
	return e;
}

struct uploads {
	struct uuid v[UPLOADS_SWEPT];
	size_t n;
};

static void
collect(struct ctx *cx UNUSED, const struct uuid *upload, void *arg)
{
	struct uploads *u = arg;

	if (u->n < UPLOADS_SWEPT)
		u->v[u->n++] = *upload;
}

static enum err
drop_broken(struct ctx *cx, void *arg UNUSED)
{
	struct uploads u = {.n = 0};
	int64_t now = clock_now();

	TRY(kyc_uploads_older(cx, alive_since(cx), UPLOADS_SWEPT, collect, &u));
	for (size_t i = 0; i < u.n; i++)
		TRY(kyc_upload_drop(cx, &u.v[i], now));
	return OK;
}

static enum err
take_trash(struct ctx *cx, void *arg)
{
	return kyc_trash_sweep(cx, TRASH_BATCH, arg);
}

enum err
kyc_papers_sweep(struct ctx *cx)
{
	int64_t removed = TRASH_BATCH;

	TRY(store_write_apart(cx, drop_broken, NULL));
	for (int i = 0; i < TRASH_BATCHES_MOST && removed == TRASH_BATCH; i++)
		TRY(store_write_apart(cx, take_trash, &removed));
	return OK;
}
