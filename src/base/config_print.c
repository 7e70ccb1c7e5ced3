/*
 * The configuration as text: the effective values in a form that config_read takes back, and the
 * table of all keys for the documentation. Both go by config.def, so neither can lag behind.
 */
#include "base/config_key.h"

#define MASK "********"

/* Where the password of scheme://user:password@host stands; empty when there is none. */
static struct str
password_in(struct str url)
{
	const char *scheme = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;
	struct str rest, user;
	const char *at;
	ptrdiff_t colon;

	if (!scheme)
		return STR_NONE;
	rest = str_from(url, (size_t)(scheme - url.p) + 3);
	at = rest.n > 0 ? memrchr(rest.p, '@', rest.n) : NULL;
	if (!at)
		return STR_NONE;
	user = (struct str){rest.p, (size_t)(at - rest.p)};
	colon = str_find(user, ':');
	return colon < 0 ? STR_NONE : str_from(user, (size_t)colon + 1);
}

/* A query parameter whose name sounds like a secret keeps its name only. */
static void
print_query(struct buf *out, struct str query)
{
	static const char *const words[] = {"pass", "secret", "token", "key", "pwd"};
	struct arena a;
	struct str pair;
	bool first = true;

	arena_init(&a, 4 * query.n + 64);
	while (str_cut(&query, '&', &pair)) {
		struct str value = pair, name = STR_NONE;
		bool hide = false;

		str_cut(&value, '=', &name);
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			hide |= str_has(str_lower(&a, name), str_of(words[i]));
		arena_reset(&a);
		if (!first)
			buf_char(out, '&');
		first = false;
		buf_str(out, hide && value.n > 0 ? name : pair);
		if (hide && value.n > 0)
			buf_z(out, "=" MASK);
	}
	arena_release(&a);
}

static void
print_url(struct buf *out, struct str url)
{
	struct str password = password_in(url);
	struct str rest = url;
	ptrdiff_t query;

	if (password.n > 0) {
		buf_add(out, url.p, (size_t)(password.p - url.p));
		buf_z(out, MASK);
		rest = str_from(url, (size_t)(password.p - url.p) + password.n);
	}
	query = str_find(rest, '?');
	if (query < 0) {
		buf_str(out, rest);
		return;
	}
	buf_add(out, rest.p, (size_t)query + 1);
	print_query(out, str_from(rest, (size_t)query + 1));
}

static void
print_text(struct buf *out, struct str s)
{
	bool quoted = s.n > 0 && (s.p[0] == ' ' || s.p[0] == '"' || s.p[s.n - 1] == ' ');

	if (quoted)
		buf_char(out, '"');
	buf_str(out, s);
	if (quoted)
		buf_char(out, '"');
}

static void
print_secret(struct buf *out, enum config_id id, struct secret s)
{
	bool url = id == ID_database_url || id == ID_mail_url || id == ID_sms_url;

	if (url)
		print_url(out, (struct str){s.p, s.n});
	else if (s.n > 0)
		buf_z(out, MASK);
}

struct unit {
	int64_t factor;
	char letter;
};

static void
print_units(struct buf *out, int64_t v, const struct unit *units, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v != 0 && v % units[i].factor == 0) {
			buf_int(out, v / units[i].factor);
			buf_char(out, units[i].letter);
			return;
		}
	}
	buf_int(out, v);
}

static void
print_duration(struct buf *out, const struct config_key *key, int64_t us)
{
	static const struct unit units[] = {{DAY, 'd'}, {HOUR, 'h'}, {MINUTE, 'm'}, {SECOND, 's'}};

	if (us != 0 || key->fallback[0] != '\0')
		print_units(out, us, units, ARRAY_LEN(units));
}

static void
print_size(struct buf *out, int64_t bytes)
{
	static const struct unit units[] = {{1 << 30, 'G'}, {1 << 20, 'M'}, {1 << 10, 'K'}};

	print_units(out, bytes, units, ARRAY_LEN(units));
}

static void
print_list(struct buf *out, struct str_list list)
{
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			buf_char(out, ' ');
		buf_str(out, list.v[i]);
	}
}

static void
print_value(struct buf *out, const struct config *c, enum config_id id)
{
	const struct config_key *key = &config_keys[id];

	switch (key->kind) {
	case KIND_TEXT:
		print_text(out, CONFIG_GET(c, key, struct str));
		break;
	case KIND_SECRET:
		print_secret(out, id, CONFIG_GET(c, key, struct secret));
		break;
	case KIND_LIST:
		print_list(out, CONFIG_GET(c, key, struct str_list));
		break;
	case KIND_DURATION:
		print_duration(out, key, CONFIG_GET(c, key, int64_t));
		break;
	case KIND_SIZE:
		print_size(out, CONFIG_GET(c, key, int64_t));
		break;
	case KIND_NUMBER:
		buf_int(out, CONFIG_GET(c, key, int64_t));
		break;
	case KIND_FLAG:
		buf_z(out, CONFIG_GET(c, key, bool) ? "yes" : "no");
		break;
	}
}

/* Whether key i is the first of its section, of which all keys stand together in config.def. */
static bool
begins_section(size_t i)
{
	return i == 0 || strcmp(config_keys[i - 1].section, config_keys[i].section) != 0;
}

void
config_print(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (begins_section(i))
			buf_printf(out, "%s[%s]\n", i > 0 ? "\n" : "", config_keys[i].section);
		buf_printf(out, "%s = ", config_keys[i].name);
		print_value(out, c, (enum config_id)i);
		if (out->n > 0 && out->p[out->n - 1] == ' ')
			out->p[--out->n] = '\0';
		buf_char(out, '\n');
	}
}

static void
print_kind(struct buf *out, enum config_id id)
{
	static const char *const kinds[] = {"text", "secret", "list",     "duration",
					    "size", "number", "yes or no"};
	const struct config_key *key = &config_keys[id];
	const struct config_range *range = &config_ranges[id];
	const char *words = config_choices[id];

	if (words) {
		buf_printf(out, "one of `%s`", words + (words[0] == ' '));
		return;
	}
	buf_z(out, kinds[key->kind]);
	if (!range->set)
		return;
	buf_char(out, ' ');
	if (key->kind == KIND_DURATION)
		print_duration(out, key, range->least * SECOND);
	else
		print_size(out, range->least);
	buf_z(out, " to ");
	if (key->kind == KIND_DURATION)
		print_duration(out, key, range->most * SECOND);
	else if (key->kind == KIND_SIZE)
		print_size(out, range->most);
	else
		buf_int(out, range->most);
}

static void
print_help(struct buf *out, const char *help)
{
	for (const char *p = help; *p; p++) {
		if (*p == '|' || *p == '<' || *p == '*' || *p == '_')
			buf_char(out, '\\');
		buf_char(out, *p);
	}
}

void
config_print_reference(struct buf *out)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *key = &config_keys[i];

		if (begins_section(i))
			buf_printf(out,
				   "%s## %s\n\n| key | variable | kind | default | meaning |\n"
				   "| --- | --- | --- | --- | --- |\n",
				   i > 0 ? "\n" : "", key->section);
		buf_printf(out, "| `%s.%s` | `", key->section, key->name);
		config_env_name(out, key);
		buf_z(out, "` | ");
		print_kind(out, (enum config_id)i);
		buf_printf(out, key->fallback[0] ? " | `%s` | " : " | – | ", key->fallback);
		print_help(out, key->help);
		buf_z(out, " |\n");
	}
}
