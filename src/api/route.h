/*
 * A surface is a table of these rows, and a row is the whole of what HTTP knows of an operation:
 * what it does not say does not happen. OpenAPI, `aldgate routes` and the tests read the same rows.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/http.h"
#include "api/shape.h"
#include "domain/demands.h"
#include "domain/throttle.h"

enum access {
	ACCESS_UNSET, /* refused at start */
	ACCESS_PUBLIC,
	ACCESS_OPTIONAL, /* a bearer or another proof: the operation decides */
	ACCESS_BEARER,
};

enum {
	ROUTE_FAST = 1,   /* reads only: runs on the loop thread when the store is embedded */
	ROUTE_LOCAL = 16, /* does not ask the store: runs on the loop thread whatever the store */
	ROUTE_QUERY = 2,  /* its fields come from the query */
	ROUTE_ALWAYS = 8, /* served though its surface is not: links in mails lead there */
	ROUTE_FORM = 4,   /* also takes the hosted pages' form, and answers it with a page */
	ROUTE_GATE = 32,  /* a verdict on every method alike: no body is read, and no answer is one
			     to OPTIONS or to a browser's Origin */
	ROUTE_REST = 64,  /* its second parameter, which nobody reads, takes the rest of the path
			     with its slashes, and may be missing; the first may be empty */
	ROUTE_UPLOAD = 128, /* its body may hold files: multipart/form-data too, and large */
};

/* What the caller of a row with a bearer must have beside it. */
enum {
	NEED_VERIFIED_EMAIL = 1,
	NEED_KYC = 2,       /* approved */
	NEED_NO_FACTOR = 4, /* reachable before a factor that the role demands is set up */
};

#define ROUTE_ANSWERS 3
#define ROUTE_ERRORS 8

struct answer_header {
	const char *name, *holds;
	size_t at; /* of its struct str in what the operation gives */
};

/* Of a refusal by the gate, beside the body: the problem's code. */
#define GATE_CODE_HEADER "X-Gate-Code"

struct route_answer {
	int status;
	const struct shape *shape; /* NULL: no body, or one that the row makes by itself */
	const char *type;          /* of such a body */
	const struct answer_header *headers; /* up to one without a name; NULL: none of its own */
};

typedef enum err (*op_fn)(struct ctx *cx, const void *in, void *out);

struct route {
	enum method method;
	const char *path; /* begins with '/', no slash at its end */
	enum access access;
	enum throttle_scope limit;
	unsigned flags;
	unsigned needs;
	const char *role; /* that the caller must have: "ADMIN", "ADMIN|KYC_REVIEWER"; NULL: any */
	const struct shape *in; /* NULL: no body is looked at */
	op_fn op;
	size_t out_size;
	struct route_answer answers[ROUTE_ANSWERS];
	/* Fills the answer from out in place of a shape: a file. */
	enum err (*send)(struct ctx *cx, void *out, struct http_answer *an);
	int (*choose)(const void *out); /* which of answers; NULL: the first */
	enum err errors[ROUTE_ERRORS];  /* that the operation itself may end in */
	/* Answers by itself, without op; or, with one, some requests only (true: answered). */
	bool (*answer)(struct ctx *cx, const struct http_request *rq, struct http_answer *an);
	/* In place of binding and op: what needs the request as it came, such as its body's
	 * signature. Fills what the answers render; `in` tells what is expected. */
	enum err (*receive)(struct ctx *cx, const struct http_request *rq, void *out);
	/* The page that follows a form (ROUTE_FORM), or that tells a browser of a refusal where
	 * `answer` shows a page. */
	void (*page)(struct ctx *cx, const struct http_request *rq, enum err e,
		     struct http_answer *an);
	const char *link_code; /* of ERR_INVALID_LINK; NULL: its row's in errors.def */
	const char *operation; /* name, unique */
	const char *summary;
	const char *file; /* where to read on */
};

/* Makes a use case of typed arguments an op_fn: OP(op_login, login_password, struct login_in,
 * struct sign_in) */
#define OP(name, use_case, in_type, out_type)                                                      \
	static enum err name(struct ctx *cx, const void *in, void *out)                            \
	{                                                                                          \
		const in_type *typed_in = in;                                                      \
		out_type *typed_out = out;                                                         \
		return use_case(cx, typed_in, typed_out);                                          \
	}

struct surface {
	const char *name; /* as in surfaces.enabled; "system" is always served */
	const char *title;
	const struct route *routes;
	size_t n;
	bool slash;       /* its paths are written with one at the end, though both are served */
	bool flat_errors; /* field errors also stand at the top level of a problem */
	const char *token_code; /* of ERR_TOKEN; NULL: its row's */
};

/* All surfaces, in the order of their tables. */
const struct surface *const *surfaces(size_t *n);
/* The rows of a surface may stand in several tables: the one of that name that comes next behind
 * `after` (NULL: the first); NULL: no more. */
const struct surface *surface_named(struct str name, const struct surface *after);
/* The code that a surface's clients know e by at this row (NULL: at no row). */
const char *error_code(const struct surface *s, const struct route *r, enum err e);
bool route_enabled(const struct config *config, const struct surface *s, const struct route *r);

#define ROUTE_PARAMS 2
struct route_match {
	const struct route *route; /* NULL: none */
	const struct surface *surface;
	struct str params[ROUTE_PARAMS];
	unsigned methods; /* bit (1 << method) for each that the path takes; 0: no such path */
};

/* Finds the row of an enabled surface; HEAD falls to GET, a slash at the end does not matter. */
struct route_match route_find(const struct config *config, enum method method, struct str path);
/* "GET, HEAD, POST, OPTIONS" into b. */
void route_allow(unsigned methods, struct buf *b);
/* Dies when a row is not whole: ACCESS_UNSET, no answer, a name or a place twice. Called once at
 * start. */
void routes_check(void);

const char *access_name(enum access a);
/* What the row demands of who is signed in. */
struct demands route_demands(const struct route *r);
/* The same for people, in the notation of domain/demands.h. */
void route_tell_needs(const struct route *r, struct buf *out);

/* Rows are numbered from 1 through all surfaces; 0 is "no row". */
unsigned route_number(const struct route *r);
unsigned route_numbers(void);
/* The operation's name; "none" for 0. */
const char *route_name(unsigned number);

#endif
