/*
 * Signatures of webhooks: who sent these bytes. Standard Webhooks (HMAC-SHA256 over
 * id.timestamp.body, base64) both ways, and to verify only, what vendors of identity checks send
 * instead: Sumsub, Persona, Onfido and Veriff. All are MACs over the body as it came, so it must be
 * verified before anybody parses it. No secret is "refused", never "open".
 */
#ifndef CRYPTO_WEBHOOK_H
#define CRYPTO_WEBHOOK_H

#include "base/config.h"
#include "base/ctx.h"

enum webhook_form {
	WEBHOOK_STANDARD,
	WEBHOOK_SUMSUB,
	WEBHOOK_PERSONA,
	WEBHOOK_ONFIDO,
	WEBHOOK_VERIFF,
	WEBHOOK_FORMS
};

/* The form that kyc.provider names; absent: WEBHOOK_STANDARD. */
enum webhook_form webhook_form(struct str provider);

enum webhook_header {
	WEBHOOK_SIGNATURE,
	WEBHOOK_ID,
	WEBHOOK_TIMESTAMP,
	WEBHOOK_ALGORITHM,
	WEBHOOK_HEADERS
};

/* In lower case; NULL when the form has no such header. */
const char *webhook_header_name(enum webhook_form form, enum webhook_header header);

#define WEBHOOK_TOLERANCE (5 * MINUTE) /* of a signed time, both ways */
#define WEBHOOK_ID_MAX 200             /* characters, all of them visible ASCII */

struct webhook {
	struct str headers[WEBHOOK_HEADERS]; /* absent: not there, or there more than once */
	struct str body;                     /* the very bytes that came */
};

/*
 * OK when one of the keys made one of the signatures, and the time that was signed (where the form
 * signs one) is within the tolerance. Else ERR_SIGNATURE, whatever was wrong. Compares in constant
 * time, all signatures with all keys.
 */
MUST_CHECK enum err webhook_verify(enum webhook_form form, struct secret_list keys,
				   const struct webhook *w, int64_t now);

/* A name for a body whose sender gave it none: "sha256:" and its digest in hex, in cx's arena. */
struct str webhook_body_name(struct ctx *cx, struct str body);

/* Signing, by Standard Webhooks, piece by piece. */
struct webhook_signer;

/* In cx's arena. key must outlive it; seconds since 1970. */
struct webhook_signer *
webhook_sign_begin(struct ctx *cx, struct secret key, struct str id, int64_t seconds);
void webhook_sign_add(struct webhook_signer *s, struct str piece);
/* Appends "v1," and the MAC as base64. Once. */
void webhook_sign_end(struct webhook_signer *s, struct buf *out);

#endif
