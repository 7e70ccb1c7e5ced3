/* What a paper is by its bytes, whatever its sender calls it. Nothing of it is decoded. */
#ifndef DOMAIN_PAPER_TYPE_H
#define DOMAIN_PAPER_TYPE_H

#include "base/ctx.h"

/*
 * start: the paper's first bytes. *type: "image/jpeg", "image/png", "image/webp", "image/heic",
 * "image/heif" or "application/pdf"; absent: none of these. ERR_UNAVAILABLE (logged) when libmagic
 * is missing.
 */
MUST_CHECK enum err paper_type(struct ctx *cx, struct str start, struct str *type);
/* The ending of a file of that type, with its point. */
const char *paper_ending(struct str type);

#endif
