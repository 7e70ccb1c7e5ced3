/* What a device looks like from inside: saved once, compared later. docs/fingerprint.md. */
#ifndef DOMAIN_DEVICE_FINGERPRINT_H
#define DOMAIN_DEVICE_FINGERPRINT_H

#include "base/list.h"
#include "domain/caller.h"

#define FINGERPRINT_ATTRIBUTES 32
#define FINGERPRINT_NAME_MAX 64    /* bytes */
#define FINGERPRINT_VALUE_MAX 1024 /* bytes */
#define FINGERPRINT_MATCH 0.75     /* the least similarity that is a match */

struct fingerprint_in {
	struct str device_id;
	struct str_pairs attributes;
	struct str action; /* "save" or "compare"; absent: save when none is kept, else compare */
	struct secret password; /* for saving over one */
};

struct fingerprint_out {
	bool compared; /* else it was saved */
	bool saved, match;
	double similarity;
	struct str_list changed; /* names, in order */
};

/*
 * Of the caller's device. ERR_NOT_FOUND to compare with none, ERR_REAUTHENTICATION to save over one
 * without a step-up, ERR_CONFLICT past the most devices. A poor match is told, leaves an audit
 * event and marks the caller's session.
 */
MUST_CHECK enum err
fingerprint(struct ctx *cx, const struct fingerprint_in *in, struct fingerprint_out *out);

/* Of a sign-in: ERR_INVALID (field "fingerprint"). */
MUST_CHECK enum err fingerprint_check(struct ctx *cx, const struct str_pairs *attributes);
/* What would be kept of attributes that were checked. */
struct str fingerprint_parts(struct ctx *cx, const struct uuid *user, struct str device_id,
			     const struct str_pairs *attributes);
/* Inside a store_write that opens s: saves them when none are kept of its device, else compares;
 * past the most devices nothing is saved. parts: of fingerprint_parts. */
MUST_CHECK enum err fingerprint_meet(struct ctx *cx, const struct session *s, struct str parts);

#endif
