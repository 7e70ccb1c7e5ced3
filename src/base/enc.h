/* Encodings of bytes in text. Decoders are strict: one text for one value, anything else is
 * refused. */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include "base/buf.h"

/* RFC 4648 section 5, no padding. */
#define BASE64URL_LENGTH(bytes) (((bytes)*4 + 2) / 3)
void base64url_encode(struct buf *out, const void *p, size_t n);
/* Refuses padding, white space, other alphabets and non-zero trailing bits. *n: room in, bytes out.
 */
bool base64url_decode(struct str s, void *out, size_t *n);
/* RFC 4648 section 4, padded. width > 0 breaks lines by CRLF (76 for mail). */
void base64_encode(struct buf *out, const void *p, size_t n, size_t width);
bool base64_decode(struct str s, void *out, size_t *n); /* strict, padded, no breaks */
/* RFC 4648 section 6, upper case, no padding. */
void base32_encode(struct buf *out, const void *p, size_t n);
void hex_encode(struct buf *out, const void *p, size_t n); /* lower case */
bool hex_decode(struct str s, void *out, size_t *n);
/* RFC 3986: escapes all but unreserved characters. */
void percent_encode(struct buf *out, struct str s);
/* %XX, and '+' as space when form is true. false on a broken escape or a decoded NUL. */
bool percent_decode(struct buf *out, struct str s, bool form);
/* & < > " ' */
void html_escape(struct buf *out, struct str s);
/* The value of name in a query or form body, decoded into the arena. Absent: not there. false:
 * broken escape or given twice. */
bool form_value(struct arena *a, struct str form, struct str name, struct str *out);

#endif
