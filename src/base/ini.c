/*
 * The configuration file's lines. Anything that is not clearly a section, an entry, a comment or
 * empty stops the reading: a typing error must not become a default.
 */
#include "base/ini.h"

static bool
is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return s.n > 0;
}

static struct str
trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Takes the quotes off; false when there is but one. */
static bool
unquote(struct str *s)
{
	if (!str_starts(*s, S("\"")))
		return true;
	if (s->n < 2 || s->p[s->n - 1] != '"')
		return false;
	*s = (struct str){s->p + 1, s->n - 2};
	return true;
}

static bool
read_section(struct str s, struct str *section)
{
	if (!str_starts(s, S("[")) || !str_ends(s, S("]")))
		return false;
	*section = trim((struct str){s.p + 1, s.n - 2});
	return is_word(*section);
}

static bool
read_entry(struct str s, struct ini_entry *entry)
{
	if (str_find(s, '=') < 0 || !str_cut(&s, '=', &entry->name))
		return false;
	entry->name = trim(entry->name);
	entry->value = trim(s);
	return entry->section.n > 0 && is_word(entry->name) && unquote(&entry->value);
}

enum err
ini_read(struct str text, ini_fn each, void *arg, int *line)
{
	struct ini_entry entry = {.section = S("")};
	struct str s;

	if (str_starts(text, S("\xEF\xBB\xBF")))
		text = str_from(text, 3);
	while (str_cut(&text, '\n', &s)) {
		*line = ++entry.line;
		if (str_ends(s, S("\r")))
			s.n--;
		s = trim(s);
		if (str_find(s, '\0') >= 0)
			return ERR_INVALID;
		if (s.n == 0 || s.p[0] == '#' || s.p[0] == ';' || read_section(s, &entry.section))
			continue;
		if (s.p[0] == '[' || !read_entry(s, &entry))
			return ERR_INVALID;
		TRY(each(&entry, arg));
	}
	return OK;
}
