/* The kinds of values: how each is written, and what bounds its row in config.def sets. */
#include "base/config_key.h"

const struct config_key config_keys[CONFIG_KEYS] = {
#define KEY(kind, section, name, fallback, help)                                                   \
	[ID_##section##_##name] = {KIND_##kind, #section,                                          \
				   #name,       fallback,                                          \
				   help,        offsetof(struct config, section##_##name)},
#define RANGE(section, name, least, most)
#define CHOICE(section, name, words)
#include "base/config.def"
#undef KEY
#undef RANGE
#undef CHOICE
};

const struct config_range config_ranges[CONFIG_KEYS] = {
#define KEY(kind, section, name, fallback, help)
#define RANGE(section, name, least, most) [ID_##section##_##name] = {true, least, most},
#define CHOICE(section, name, words)
#include "base/config.def"
#undef KEY
#undef RANGE
#undef CHOICE
};

const char *const config_choices[CONFIG_KEYS] = {
#define KEY(kind, section, name, fallback, help)
#define RANGE(section, name, least, most)
#define CHOICE(section, name, words) [ID_##section##_##name] = words,
#include "base/config.def"
#undef KEY
#undef RANGE
#undef CHOICE
};

struct unit {
	char letter;
	int64_t factor;
};

static bool
parse_with_unit(struct str s, const struct unit *units, size_t n, int64_t plain, int64_t *out)
{
	int64_t v, factor = plain;

	if (s.n == 0) {
		*out = 0;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (s.p[s.n - 1] == units[i].letter) {
			factor = units[i].factor;
			s.n--;
			break;
		}
	}
	if (!str_int(s, &v) || s.p[0] == '-' || __builtin_mul_overflow(v, factor, &v))
		return false;
	*out = v;
	return true;
}

bool
duration_parse(struct str s, int64_t *us)
{
	static const struct unit units[] = {{'s', SECOND}, {'m', MINUTE}, {'h', HOUR}, {'d', DAY}};

	return parse_with_unit(s, units, ARRAY_LEN(units), SECOND, us);
}

bool
size_parse(struct str s, int64_t *bytes)
{
	static const struct unit units[] = {{'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}};

	return parse_with_unit(s, units, ARRAY_LEN(units), 1, bytes);
}

bool
list_has(struct str_list list, struct str word)
{
	for (size_t i = 0; i < list.n; i++)
		if (str_eq_nocase(list.v[i], word))
			return true;
	return false;
}

static bool
separates(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

static bool
next_word(struct str *rest, struct str *word)
{
	size_t n = 0;

	while (rest->n > 0 && separates(rest->p[0]))
		*rest = str_from(*rest, 1);
	while (n < rest->n && !separates(rest->p[n]))
		n++;
	*word = (struct str){rest->p, n};
	*rest = str_from(*rest, n);
	return n > 0;
}

struct str_list
config_words(struct arena *a, struct str s)
{
	struct str rest = s, word;
	struct str *words;
	size_t n = 0;

	while (next_word(&rest, &word))
		n++;
	words = arena_array(a, struct str, n);
	rest = s;
	for (size_t i = 0; i < n && next_word(&rest, &word); i++)
		words[i] = word;
	return (struct str_list){words, n};
}

static void
set_text(struct config_reader *r, enum config_id id, struct str value)
{
	const char *words = config_choices[id];
	struct str_list choices;

	if (!utf8_valid(value) || utf8_has_control(value)) {
		config_problem(r, id, "must be UTF-8 without control characters");
		return;
	}
	if (words && !(value.n == 0 && words[0] == ' ')) {
		choices = config_words(&r->c->arena, str_of(words));
		if (!list_has(choices, value)) {
			config_problem(r, id, "must be one of: %s", words + (words[0] == ' '));
			return;
		}
		for (size_t i = 0; i < choices.n; i++)
			if (str_eq_nocase(choices.v[i], value))
				value = choices.v[i];
	}
	*CONFIG_AT(r->c, &config_keys[id], struct str) = value.n > 0 ? value : STR_NONE;
}

static void
set_list(struct config_reader *r, enum config_id id, struct str value)
{
	struct str_list list = config_words(&r->c->arena, value);

	for (size_t i = 0; i < list.n; i++) {
		if (!utf8_valid(list.v[i]) || utf8_has_control(list.v[i])) {
			config_problem(r, id, "must be UTF-8 without control characters");
			return;
		}
	}
	*CONFIG_AT(r->c, &config_keys[id], struct str_list) = list;
}

static void
set_flag(struct config_reader *r, enum config_id id, struct str value)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_nocase(value, str_of(words[i]))) {
			*CONFIG_AT(r->c, &config_keys[id], bool) = i % 2 == 1;
			return;
		}
	}
	config_problem(r, id, "must be yes or no");
}

static bool
parse_quantity(enum config_kind kind, struct str value, int64_t *v)
{
	switch (kind) {
	case KIND_DURATION:
		return duration_parse(value, v);
	case KIND_SIZE:
		return size_parse(value, v);
	default:
		return str_int(value, v);
	}
}

static void
set_quantity(struct config_reader *r, enum config_id id, struct str value)
{
	const struct config_key *key = &config_keys[id];
	const struct config_range *range = &config_ranges[id];
	int64_t unit = key->kind == KIND_DURATION ? SECOND : 1;
	int64_t v;

	if (!parse_quantity(key->kind, value, &v)) {
		config_problem(r, id, "must be %s",
			       key->kind == KIND_DURATION
				       ? "a duration such as 90s, 15m, 24h or 30d"
			       : key->kind == KIND_SIZE ? "a size such as 4096, 512K or 10M"
							: "a whole number");
		return;
	}
	if (range->set && (v < range->least * unit || v > range->most * unit)) {
		config_problem(r, id, "must be from %" PRId64 " to %" PRId64 "%s", range->least,
			       range->most,
			       key->kind == KIND_DURATION ? " seconds"
			       : key->kind == KIND_SIZE   ? " bytes"
							  : "");
		return;
	}
	*CONFIG_AT(r->c, key, int64_t) = v;
}

void
config_set(struct config_reader *r, enum config_id id, struct str value)
{
	switch (config_keys[id].kind) {
	case KIND_TEXT:
		set_text(r, id, value);
		break;
	case KIND_SECRET:
		*CONFIG_AT(r->c, &config_keys[id], struct secret) =
			value.n > 0 ? secret_of(value) : SECRET_NONE;
		break;
	case KIND_LIST:
		set_list(r, id, value);
		break;
	case KIND_FLAG:
		set_flag(r, id, value);
		break;
	case KIND_DURATION:
	case KIND_SIZE:
	case KIND_NUMBER:
		set_quantity(r, id, value);
		break;
	}
}
