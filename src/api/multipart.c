/*
 * The delimiter begins with a CR, and a boundary holds none, so where a match breaks off only its
 * last byte can begin another: the search needs no table, and what was matched in vain is the
 * delimiter's own beginning.
 */
#include "api/multipart.h"

static const struct str form_type = {"multipart/form-data", 19};

static bool
is_boundary_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

static bool
is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void
skip_spaces(struct str *rest)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = str_from(*rest, 1);
}

static struct str
take_token(struct str *rest)
{
	struct str token = {rest->p, 0};

	while (token.n < rest->n && is_token_char(token.p[token.n]))
		token.n++;
	*rest = str_from(*rest, token.n);
	return token;
}

/* A token, or a text in quotes without escapes. */
static bool
take_value(struct str *rest, struct str *value)
{
	ptrdiff_t end;

	if (rest->n == 0 || rest->p[0] != '"') {
		*value = take_token(rest);
		return value->n > 0;
	}
	*rest = str_from(*rest, 1);
	end = str_find(*rest, '"');
	if (end < 0)
		return false;
	*value = (struct str){rest->p, (size_t)end};
	*rest = str_from(*rest, (size_t)end + 1);
	return true;
}

/* "; key=value" off *rest; false: what follows is none. At the end key is absent. */
static bool
take_parameter(struct str *rest, struct str *key, struct str *value)
{
	*key = STR_NONE;
	skip_spaces(rest);
	if (rest->n == 0)
		return true;
	if (rest->p[0] != ';')
		return false;
	*rest = str_from(*rest, 1);
	skip_spaces(rest);
	*key = take_token(rest);
	if (key->n == 0 || rest->n == 0 || rest->p[0] != '=')
		return false;
	*rest = str_from(*rest, 1);
	return take_value(rest, value);
}

static bool
boundary_good(struct str b)
{
	if (b.n == 0 || b.n > MULTIPART_BOUNDARY_MAX || b.p[b.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (!is_boundary_char(b.p[i]))
			return false;
	return true;
}

bool
multipart_boundary(struct str content_type, struct str *boundary)
{
	struct str rest = content_type, key, value, found = STR_NONE;

	if (rest.n < form_type.n || !str_eq_nocase((struct str){rest.p, form_type.n}, form_type))
		return false;
	rest = str_from(rest, form_type.n);
	do {
		if (!take_parameter(&rest, &key, &value))
			return false;
		if (str_absent(key) || !str_eq_nocase(key, S("boundary")))
			continue;
		if (!str_absent(found) || !boundary_good(value))
			return false;
		found = value;
	} while (!str_absent(key));
	*boundary = found;
	return !str_absent(found);
}

void
multipart_init(struct multipart *m, struct str boundary, const struct multipart_events *events)
{
	m->events = events;
	m->state = MULTIPART_SEEK;
	m->inside = false;
	m->matched = 2; /* as if a line end stood before the body */
	m->head_n = m->tail_n = m->behind = 0;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->delimiter_n = 4 + boundary.n;
}

static enum err
tell_data(struct multipart *m, const char *p, size_t n)
{
	if (n == 0)
		return OK;
	if (!m->inside)
		return ERR_MALFORMED;
	return m->events->data(m->events->arg, (struct str){p, n});
}

/* Content up to the next delimiter, or to the end of what is there. */
static enum err
seek(struct multipart *m, struct str *in)
{
	size_t plain = 0; /* content at the beginning of *in that was not told of yet */

	for (size_t i = 0; i < in->n; i++) {
		if (in->p[i] == m->delimiter[m->matched]) {
			if (++m->matched < m->delimiter_n)
				continue;
			TRY(tell_data(m, in->p, plain));
			*in = str_from(*in, i + 1);
			m->state = MULTIPART_TAIL;
			m->matched = m->tail_n = 0;
			return OK;
		}
		if (m->matched > i) { /* the match began in an earlier piece */
			TRY(tell_data(m, m->delimiter, m->matched - i));
		}
		m->matched = in->p[i] == m->delimiter[0];
		plain = i + 1 - m->matched;
	}
	TRY(tell_data(m, in->p, plain));
	*in = str_from(*in, in->n);
	return OK;
}

static enum err
tail(struct multipart *m, struct str *in)
{
	bool was_inside = m->inside;

	m->tail[m->tail_n++] = in->p[0];
	*in = str_from(*in, 1);
	if (m->tail_n < 2)
		return OK;
	m->inside = false;
	if (memcmp(m->tail, "\r\n", 2) == 0)
		m->state = MULTIPART_HEAD;
	else if (memcmp(m->tail, "--", 2) == 0 && was_inside)
		m->state = MULTIPART_CLOSED;
	else
		return ERR_MALFORMED;
	m->head_n = 0;
	return was_inside ? m->events->end(m->events->arg) : OK;
}

static bool
disposition(struct str value, struct multipart_part *part)
{
	struct str rest = value, key, text, word = take_token(&rest);

	if (!str_eq_nocase(word, S("form-data")))
		return false;
	for (;;) {
		struct str *at = NULL;

		if (!take_parameter(&rest, &key, &text) || str_find(key, '*') >= 0)
			return false;
		if (str_absent(key))
			return part->name.n > 0 && part->name.n <= MULTIPART_NAME_MAX;
		if (str_eq_nocase(key, S("name")))
			at = &part->name;
		else if (str_eq_nocase(key, S("filename")))
			at = &part->filename;
		if (at && !str_absent(*at))
			return false;
		if (at)
			*at = text;
	}
}

static bool
encoding_good(struct str value)
{
	return str_eq_nocase(value, S("binary")) || str_eq_nocase(value, S("8bit")) ||
	       str_eq_nocase(value, S("7bit"));
}

static struct str
trimmed(struct str s)
{
	skip_spaces(&s);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static bool
line_good(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
			return false;
	return utf8_valid(line);
}

static bool
read_line(struct str line, struct multipart_part *part)
{
	struct str rest = line, name = take_token(&rest), value;

	if (!line_good(line) || name.n == 0 || rest.n == 0 || rest.p[0] != ':')
		return false;
	value = trimmed(str_from(rest, 1));
	if (str_eq_nocase(name, S("content-disposition")))
		return str_absent(part->name) && disposition(value, part);
	if (str_eq_nocase(name, S("content-transfer-encoding")))
		return encoding_good(value);
	if (!str_eq_nocase(name, S("content-type")))
		return true;
	if (!str_absent(part->content_type))
		return false;
	part->content_type = value;
	return true;
}

/* text: the head's lines, each with its CR LF. */
static bool
read_head(struct str text, struct multipart_part *part)
{
	struct str line;

	while (text.n > 0) {
		if (!str_cut(&text, '\n', &line) || line.n == 0 || line.p[line.n - 1] != '\r')
			return false;
		line.n--;
		if (!read_line(line, part))
			return false;
	}
	return !str_absent(part->name);
}

static enum err
head(struct multipart *m, struct str *in)
{
	struct multipart_part part = {.name = STR_NONE};

	if (m->head_n == sizeof(m->head))
		return ERR_MALFORMED;
	m->head[m->head_n++] = in->p[0];
	*in = str_from(*in, 1);
	if (m->head_n < 4 || memcmp(m->head + m->head_n - 4, "\r\n\r\n", 4) != 0)
		return OK;
	if (!read_head((struct str){m->head, m->head_n - 2}, &part))
		return ERR_MALFORMED;
	m->inside = true;
	m->state = MULTIPART_SEEK;
	m->matched = 0;
	return m->events->begin(m->events->arg, &part);
}

static enum err
closed(struct multipart *m, struct str *in)
{
	if (m->behind == 2 || in->p[0] != "\r\n"[m->behind])
		return ERR_MALFORMED;
	m->behind++;
	*in = str_from(*in, 1);
	return OK;
}

enum err
multipart_feed(struct multipart *m, struct str bytes)
{
	while (bytes.n > 0) {
		switch (m->state) {
		case MULTIPART_SEEK:
			TRY(seek(m, &bytes));
			break;
		case MULTIPART_TAIL:
			TRY(tail(m, &bytes));
			break;
		case MULTIPART_HEAD:
			TRY(head(m, &bytes));
			break;
		case MULTIPART_CLOSED:
			TRY(closed(m, &bytes));
			break;
		}
	}
	return OK;
}

enum err
multipart_finish(const struct multipart *m)
{
	return m->state == MULTIPART_CLOSED && m->behind != 1 ? OK : ERR_MALFORMED;
}
