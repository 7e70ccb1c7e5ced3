/*
 * All members but the papers are rendered by their tables. The papers are the last member, and
 * their bytes the last member of each, so that they can be written behind what a table made.
 */
#include "api/auth/export_answer.h"

#include "api/auth/auth_shapes.h"
#include "base/config.h"
#include "domain/kyc_papers.h"
#include "domain/shared.h"
#include "domain/takeout.h"
#include "store/kyc_application.h"

#define TEXT_MAX (2 * SPOOL_BLOCK)

#define TEXT(type, member)                                                                         \
	{                                                                                          \
#member, FIELD_TEXT, FIELD_NULLABLE, AT(type, member)                              \
	}
#define TIME(type, member)                                                                         \
	{                                                                                          \
#member, FIELD_TIME, FIELD_NULLABLE, AT(type, member)                              \
	}

static const struct field session_out[] = {
	{"id", FIELD_UUID, 0, AT(struct takeout_session, id)},
	TEXT(struct takeout_session, device_id),
	TEXT(struct takeout_session, user_agent),
	TEXT(struct takeout_session, ip),
	TEXT(struct takeout_session, country),
	TEXT(struct takeout_session, amr),
	TIME(struct takeout_session, created_at),
	TIME(struct takeout_session, last_used_at),
	TIME(struct takeout_session, expires_at),
	TIME(struct takeout_session, ended_at),
};
static const struct shape session_shape =
	SHAPE("AuthExportSession", struct takeout_session, session_out);

static const struct field device_out[] = {
	TEXT(struct takeout_device, device_id),
	TEXT(struct takeout_device, name),
	TIME(struct takeout_device, first_seen_at),
	TIME(struct takeout_device, last_seen_at),
};
static const struct shape device_shape =
	SHAPE("AuthExportDevice", struct takeout_device, device_out);

static const struct field factor_out[] = {
	TEXT(struct takeout_factor, method),
	TIME(struct takeout_factor, created_at),
	TIME(struct takeout_factor, enabled_at),
};
static const struct shape factor_shape =
	SHAPE("AuthExportFactor", struct takeout_factor, factor_out);

static const struct field login_out[] = {
	TIME(struct takeout_login, at),         TEXT(struct takeout_login, identifier),
	TEXT(struct takeout_login, outcome),    TEXT(struct takeout_login, method),
	TEXT(struct takeout_login, ip),         TEXT(struct takeout_login, country),
	TEXT(struct takeout_login, city),       TEXT(struct takeout_login, device_id),
	TEXT(struct takeout_login, user_agent),
};
static const struct shape login_shape = SHAPE("AuthExportLogin", struct takeout_login, login_out);

static const struct field event_out[] = {
	TIME(struct takeout_event, at),
	TEXT(struct takeout_event, action),
	TEXT(struct takeout_event, ip),
	TEXT(struct takeout_event, detail),
};
static const struct shape event_shape = SHAPE("AuthExportEvent", struct takeout_event, event_out);

static const struct field application_out[] = {
	{"id", FIELD_UUID, 0, AT(struct kyc_application, id)},
	TEXT(struct kyc_application, status),
	TEXT(struct kyc_application, full_name),
	TEXT(struct kyc_application, date_of_birth),
	TEXT(struct kyc_application, country),
	TEXT(struct kyc_application, document_type),
	TEXT(struct kyc_application, document_number),
	TEXT(struct kyc_application, reason),
	TIME(struct kyc_application, submitted_at),
	TIME(struct kyc_application, decided_at),
	TIME(struct kyc_application, expires_at),
};
static const struct shape application_shape =
	SHAPE("AuthExportKyc", struct kyc_application, application_out);

/* The last is written by hand: it comes in pieces. */
static const struct field paper_out[] = {
	{"application_id", FIELD_UUID, 0, AT(struct kyc_document, application_id)},
	TEXT(struct kyc_document, kind),
	TEXT(struct kyc_document, content_type),
	{"sha256", FIELD_HEX, 0, AT(struct kyc_document, sha256)},
	TIME(struct kyc_document, created_at),
	TIME(struct kyc_document, erased_at),
	{"data_base64", FIELD_TEXT, FIELD_NULLABLE, AT(struct kyc_document, key)},
};
static const struct shape paper_shape = SHAPE("AuthExportPaper", struct kyc_document, paper_out);

#define LIST(member, its_shape)                                                                    \
	{                                                                                          \
#member, FIELD_LIST, 0, AT(struct takeout, member), .shape = &(its_shape)          \
	}

static const struct field takeout_out[] = {
	{"exported_at", FIELD_TIME, 0, AT(struct takeout, made_at)},
	{"user", FIELD_OBJECT, 0, AT(struct takeout, user), .shape = &auth_user},
	LIST(sessions, session_shape),
	LIST(devices, device_shape),
	LIST(second_factors, factor_shape),
	LIST(logins, login_shape),
	LIST(events, event_shape),
	LIST(kyc_applications, application_shape),
	LIST(kyc_papers, paper_shape),
};
const struct shape export_out = SHAPE("AuthExport", struct takeout, takeout_out);

/* An object without its last member and end, for more to follow. */
static enum err
write_open(const struct shape *shape, const void *whole, size_t most, struct spool *to)
{
	struct shape rest = *shape;
	struct buf text CLEANUP_BUF;
	struct json_out w = json_to(&text);

	rest.n--;
	buf_init(&text, most);
	shape_render(&rest, whole, &w);
	return text.full ? ERR_INTERNAL : spool_add(to, text.p, text.n - 1);
}

static enum err
write_text(struct spool *to, const char *text)
{
	return spool_add(to, text, strlen(text));
}

static enum err
write_piece(void *to, struct str piece)
{
	return spool_add(to, piece.p, piece.n);
}

static enum err
write_bytes(struct ctx *cx, const struct kyc_document *d, struct spool *to)
{
	struct spool *from;
	enum err e = d->erased_at ? ERR_NOT_FOUND : kyc_paper_load(cx, d, &from);

	if (e == ERR_NOT_FOUND)
		return write_text(to, "null}");
	TRY(e);
	TRY(write_text(to, "\""));
	e = spool_base64(from, write_piece, to);
	spool_free(from);
	TRY(e);
	return write_text(to, "\"}");
}

static enum err
write_papers(struct ctx *cx, const struct list *papers, struct spool *to)
{
	const struct kyc_document *d = papers->v;

	TRY(write_text(to, ",\"kyc_papers\":["));
	for (size_t i = 0; i < papers->n; i++) {
		TRY(write_text(to, i ? "," : ""));
		TRY(write_open(&paper_shape, &d[i], TEXT_MAX, to));
		TRY(write_text(to, ",\"data_base64\":"));
		TRY(write_bytes(cx, &d[i], to));
	}
	return write_text(to, "]}");
}

static enum err
write_all(struct ctx *cx, const struct takeout *t, struct spool *to)
{
	TRY(write_open(&export_out, t, HTTP_BODY_CAP, to));
	TRY(write_papers(cx, &t->kyc_papers, to));
	return spool_rewind(to);
}

enum err
export_send(struct ctx *cx, void *out, struct http_answer *an)
{
	struct takeout *t = out;
	struct spool *s;
	enum err e = spool_open(cx->config->server_data_dir, &s);

	if (e != OK) {
		export_end(t->place);
		return e;
	}
	spool_on_free(s, export_end, t->place);
	e = write_all(cx, t, s);
	if (e != OK) {
		spool_free(s);
		return e;
	}
	an->status = 200;
	an->content_type = S("application/json");
	an->file = s;
	return OK;
}
