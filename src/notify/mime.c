/*
 * Writes a mail. The text part goes out as it is when it is ASCII (7bit), so that even a reader who
 * decodes nothing finds the code and the whole link; everything else is quoted-printable. What
 * comes from people is refused, not repaired, when it could end a header or a command.
 */
#include "notify/mime.h"

#include "base/enc.h"

#define LINE_MAX_QP ((size_t)76)
#define LINE_MAX_7BIT ((size_t)900) /* RFC 5322 2.1.1 allows 998 */
#define WORD_BYTES ((size_t)42)     /* of text in one encoded-word, which may have 75 columns */
#define WORD_COLUMNS (WORD_BYTES / 3 * 4 + 12)

static bool
is_ascii_text(struct str s, size_t line_max)
{
	size_t column = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n') {
			column = 0;
			continue;
		}
		if (c < 0x20 || c > 0x7e || ++column > line_max)
			return false;
	}
	return true;
}

static bool
has_control(struct str s)
{
	return !utf8_valid(s) || utf8_has_control(s);
}

bool
mail_address_fits(struct str a)
{
	ptrdiff_t at = str_find(a, '@');

	if (a.n < 3 || a.n > 254 || at <= 0 || (size_t)at == a.n - 1)
		return false;
	return !has_control(a) && str_find(a, '<') < 0 && str_find(a, '>') < 0;
}

bool
mail_sender_parse(struct str text, struct mail_sender *out)
{
	struct mail_sender s = {.name = STR_NONE, .address = str_trim(text)};
	ptrdiff_t open = str_find(text, '<');

	if (open >= 0) {
		s.address = str_trim(str_from(text, (size_t)open + 1));
		if (s.address.n == 0 || s.address.p[s.address.n - 1] != '>')
			return false;
		s.address.n--;
		s.name = str_trim((struct str){text.p, (size_t)open});
	}
	if (s.name.n >= 2 && s.name.p[0] == '"' && s.name.p[s.name.n - 1] == '"')
		s.name = (struct str){s.name.p + 1, s.name.n - 2};
	if (!mail_address_fits(s.address) || str_find(s.address, ' ') >= 0 || has_control(s.name))
		return false;
	out->name = s.name.n ? s.name : STR_NONE;
	out->address = s.address;
	return true;
}

static void
qp_escape(struct buf *line, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_char(line, '=');
	buf_char(line, digits[c >> 4]);
	buf_char(line, digits[c & 15]);
}

void
quoted_printable(struct buf *out, struct str text)
{
	size_t line = out->n;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool last = i + 1 == text.n || text.p[i + 1] == '\n';
		bool plain =
			(c > 0x20 && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !last);

		if (c == '\n') {
			buf_z(out, "\r\n");
			line = out->n;
			continue;
		}
		/* One column stays free for the '=' of a soft break, unless the line ends here. */
		if (out->n - line + (plain ? 1 : 3) > LINE_MAX_QP - (last ? 0 : 1)) {
			buf_z(out, "=\r\n");
			line = out->n;
		}
		if (plain)
			buf_char(out, (char)c);
		else
			qp_escape(out, c);
	}
}

/* As many whole characters as fit into n bytes. */
static size_t
cut_at_character(struct str s, size_t n)
{
	if (n >= s.n)
		return s.n;
	while (n > 1 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
encoded_words(struct buf *out, struct str text)
{
	while (text.n > 0) {
		size_t n = cut_at_character(text, WORD_BYTES);

		buf_z(out, "=?UTF-8?B?");
		base64_encode(out, text.p, n, 0);
		buf_z(out, "?=");
		text = str_from(text, n);
		if (text.n > 0)
			buf_z(out, "\r\n ");
	}
}

void
header_text(struct buf *out, struct str text, size_t used)
{
	struct str word;

	if (!is_ascii_text(text, SIZE_MAX) || str_has(text, S("=?"))) {
		if (used + WORD_COLUMNS > LINE_MAX_QP)
			buf_z(out, "\r\n ");
		encoded_words(out, text);
		return;
	}
	for (bool first = true; str_cut(&text, ' ', &word); first = false) {
		if (!first && word.n > 0 && used + 1 + word.n > LINE_MAX_QP) {
			buf_z(out, "\r\n");
			used = 0;
		}
		if (!first)
			buf_char(out, ' ');
		buf_str(out, word);
		used += word.n + !first;
	}
}

static bool
is_phrase(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr(" -_'!#$%&*+/=?^`{|}~", c))
			return false;
	}
	return true;
}

static void
from_header(struct buf *out, const struct mail_sender *from)
{
	buf_z(out, "From: ");
	if (!str_absent(from->name) && is_ascii_text(from->name, LINE_MAX_QP) &&
	    !is_phrase(from->name)) {
		buf_char(out, '"');
		for (size_t i = 0; i < from->name.n; i++) {
			if (from->name.p[i] == '"' || from->name.p[i] == '\\')
				buf_char(out, '\\');
			buf_char(out, from->name.p[i]);
		}
		buf_z(out, "\"\r\n ");
	} else if (!str_absent(from->name)) {
		header_text(out, from->name, sizeof("From: ") - 1);
		buf_z(out, from->name.n + from->address.n > 60 ? "\r\n " : " ");
	}
	buf_printf(out, "<%.*s>\r\n", STR_ARG(from->address));
}

#define BOUNDARY_ROOM sizeof("=_0123456789abcdef0123456789abcdef")

/* Letters only: what looks for a code in a raw mail must not find digits here. "=_" never stands in
 * quoted-printable. */
static void
make_boundary(char out[static BOUNDARY_ROOM], const struct uuid *id)
{
	char *p = out;

	*p++ = '=';
	*p++ = '_';
	for (size_t i = 0; i < sizeof(id->b); i++) {
		*p++ = (char)('a' + (id->b[i] >> 4));
		*p++ = (char)('a' + (id->b[i] & 15));
	}
	*p = '\0';
}

static void
write_part(struct buf *out, const char *boundary, const char *type, struct str text,
	   bool may_be_plain)
{
	bool plain = may_be_plain && is_ascii_text(text, LINE_MAX_7BIT);
	struct str line;

	buf_printf(out, "--%s\r\nContent-Type: %s; charset=UTF-8\r\n", boundary, type);
	buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n",
		   plain ? "7bit" : "quoted-printable");
	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (!plain)
		quoted_printable(out, text);
	for (bool first = true; plain && str_cut(&text, '\n', &line); first = false) {
		if (!first)
			buf_z(out, "\r\n");
		buf_str(out, line);
	}
	buf_z(out, "\r\n");
}

static void
write_headers(const struct mail *m, const struct mail_sender *from, struct str date,
	      struct buf *out)
{
	char id[UUID_ROOM];

	uuid_format(id, &m->id);
	buf_printf(out, "Date: %.*s\r\n", STR_ARG(date));
	from_header(out, from);
	buf_printf(out, "To: %.*s\r\n", STR_ARG(m->to));
	buf_printf(out, "Message-ID: <%s@%.*s>\r\n", id, STR_ARG(from->host));
	buf_z(out, "Subject: ");
	header_text(out, m->subject, sizeof("Subject: ") - 1);
	buf_z(out, "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

enum err
mime_write(const struct mail *m, const struct mail_sender *from, struct str date, struct buf *out)
{
	char boundary[BOUNDARY_ROOM];

	if (!mail_address_fits(m->to) || !mail_address_fits(from->address) ||
	    has_control(m->subject))
		return ERR_INVALID;
	if (has_control(from->name) || has_control(from->host) || has_control(date))
		return ERR_INVALID;
	make_boundary(boundary, &m->id);
	write_headers(m, from, date, out);
	buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
		   boundary);
	write_part(out, boundary, "text/plain", m->text, true);
	write_part(out, boundary, "text/html", m->html, false);
	buf_printf(out, "--%s--\r\n", boundary);
	return out->full ? ERR_INTERNAL : OK;
}
