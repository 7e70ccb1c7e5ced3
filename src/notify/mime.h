/* One mail as RFC 5322 and MIME want it: headers, a text part and an HTML part. */
#ifndef NOTIFY_MIME_H
#define NOTIFY_MIME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

struct mail {
	struct uuid id; /* its Message-ID is made of it, so that a mail sent twice can be told */
	struct str to, subject;
	struct str text, html; /* UTF-8, lines end in LF */
};

struct mail_sender {
	struct str name;    /* absent: none */
	struct str address; /* without brackets */
	struct str host;    /* right side of the Message-ID */
};

#define MIME_MAX ((size_t)2 * 1024 * 1024)

/* "Name <address>", "\"Name\" <address>" or the address alone; views into text. */
bool mail_sender_parse(struct str text, struct mail_sender *out);
/* Whether it can stand in a header and in an SMTP command without ending either. */
bool mail_address_fits(struct str address);
/*
 * Appends the mail, lines ending in CRLF. date: as time_mail makes it. ERR_INVALID when a header
 * value holds a control character or the address does not fit, ERR_INTERNAL when out is full.
 */
MUST_CHECK enum err
mime_write(const struct mail *m, const struct mail_sender *from, struct str date, struct buf *out);

/* RFC 2045 6.7, lines of at most 76 characters; LF becomes a hard line break. */
void quoted_printable(struct buf *out, struct str text);
/* A header's text: as it is, folded, when it is ASCII, else as RFC 2047 encoded-words. used:
 * columns in front of it. */
void header_text(struct buf *out, struct str text, size_t used);

#endif
