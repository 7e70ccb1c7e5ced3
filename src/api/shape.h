/*
 * The shape of a body, as a table of fields: bound from JSON into a struct, rendered from a struct
 * to JSON, and told in OpenAPI, all by the same rows. What no row names is ignored on the way in
 * and can't get out.
 */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/list.h"

enum field_type {
	FIELD_UNSET,
	/* struct str (struct secret for the two passwords), with the limits of domain/policy.h */
	FIELD_EMAIL,
	FIELD_USERNAME,
	FIELD_PHONE,
	FIELD_NAME,
	FIELD_ROLE,
	FIELD_IDENTIFIER,
	FIELD_DEVICE_ID,
	FIELD_DEVICE_NAME,
	FIELD_ROLE_ASKED, /* one that may be asked for at sign-up */
	FIELD_TOKEN,
	FIELD_CODE,
	FIELD_WORD, /* one of a few that the use case knows */
	FIELD_NEW_PASSWORD,
	FIELD_PASSWORD,
	FIELD_ID,         /* struct uuid */
	FIELD_LIMIT,      /* int64_t: 1 to PAGE_MOST rows of a page, as digits */
	FIELD_REST,       /* of a path, with its slashes: told, never read */
	FIELD_ATTRIBUTES, /* struct str_pairs: a string, or an object of strings */
	FIELD_TEXT,       /* struct str */
	FIELD_TEXTS,      /* struct str_list; in: from JSON only */
	FIELD_PAPERS,     /* struct list of struct kyc_paper, by upload_bind only */
	FIELD_TIME,       /* int64_t microseconds; 0 is null when FIELD_NULLABLE */
	/* out only */
	FIELD_JSON,    /* struct str: an object that is JSON already */
	FIELD_NUMBER,  /* double */
	FIELD_LITERAL, /* .literal, whatever the struct holds */
	FIELD_DERIVED, /* .derive(struct) */
	FIELD_HEX,     /* struct str of bytes, told in hex digits */
	FIELD_UUID,    /* struct uuid */
	FIELD_INTEGER, /* int64_t */
	FIELD_BOOLEAN, /* bool */
	FIELD_LIST,    /* struct list of .shape */
	FIELD_OBJECT,  /* .shape, the struct lies inline */
	FIELD_TYPES
};

enum {
	FIELD_REQUIRED = 1,
	FIELD_NULLABLE = 2, /* in: null is "absent"; out: absent is null */
	FIELD_ONE_OF = 4,   /* in: exactly one of the fields with this flag must stand */
	FIELD_ALIAS = 8,    /* in: another name of the field before it */
	FIELD_PATH = 16,    /* in: stands in the path, in the order of these fields */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	size_t at;     /* offset in the struct */
	size_t set_at; /* in: offset of a bool that tells whether it stood; 0: none */
	const struct shape *shape;
	const char *literal;
	struct str (*derive)(const void *whole);
	const char *known_as; /* in: what the use case calls it in its errors; NULL: the same */
};

/* For rows of a table: where the value lies, and the bool that tells whether it was sent. */
#define AT(type, member) .at = offsetof(type, member)
#define SET(type, member) .set_at = offsetof(type, member)

struct shape {
	const char *name; /* in OpenAPI's components */
	size_t size;      /* of the struct */
	const struct field *fields;
	size_t n;
};

#define SHAPE(name_, type, fields_)                                                                \
	{                                                                                          \
		.name = (name_), .size = sizeof(type), .fields = (fields_),                        \
		.n = sizeof(fields_) / sizeof((fields_)[0])                                        \
	}

/* The shape of a list, as every surface answers it: a struct with items and next_cursor. */
#define LIST_SHAPE(symbol, name, type, item)                                                       \
	static const struct field symbol##_fields[] = {                                            \
		{"items", FIELD_LIST, 0, AT(type, items), .shape = (item)},                        \
		{"next_cursor", FIELD_TEXT, FIELD_NULLABLE, AT(type, next_cursor)},                \
	};                                                                                         \
	const struct shape symbol = SHAPE(name, type, symbol##_fields)

/* The shape of an answer that only says something, in a member that a surface calls so. */
#define SENTENCE_SHAPE(symbol, name, type, member, sentence)                                       \
	static const struct field symbol##_fields[] = {                                            \
		{(member), FIELD_LITERAL, 0, .literal = (sentence)},                               \
	};                                                                                         \
	const struct shape symbol = SHAPE(name, type, symbol##_fields)
#define MESSAGE_SHAPE(symbol, name, type, sentence)                                                \
	SENTENCE_SHAPE(symbol, name, type, "message", sentence)

/* Fills the zeroed struct `out`; ERR_INVALID with every field that is wrong. Strings are copied
 * into the arena. */
MUST_CHECK enum err
shape_bind(struct ctx *cx, const struct shape *shape, const struct json *body, void *out);
/* The same from a query or a form body (application/x-www-form-urlencoded). */
MUST_CHECK enum err
shape_bind_form(struct ctx *cx, const struct shape *shape, struct str form, void *out);
/* The same from texts by name. */
MUST_CHECK enum err shape_bind_pairs(struct ctx *cx, const struct shape *shape,
				     const struct str_pairs *pairs, void *out);
/* The fields of the path, percent-decoded; ERR_NOT_FOUND when an id is none, ERR_INVALID when
 * another is not of its type. */
MUST_CHECK enum err
shape_bind_path(struct ctx *cx, const struct shape *shape, const struct str *params, void *out);
/* The name that a client knows the use case's field by. */
struct str shape_wire_name(const struct shape *shape, struct str field);
void shape_render(const struct shape *shape, const void *in, struct json_out *w);
/* A reference to its schema, which stands under its name in OpenAPI's components. */
void shape_ref(const struct shape *shape, struct json_out *w);
/* The JSON Schema of it (OpenAPI 3.1). in: what a client may send; else what it gets. */
void shape_schema(const struct shape *shape, bool in, struct json_out *w);
/* Of what is sent as multipart/form-data: the papers stand as files, one a kind. */
void shape_form_schema(const struct shape *shape, struct json_out *w);
/* What a field holds, for people: "string, e-mail". */
void shape_tell(const struct field *f, struct buf *out);

#endif
