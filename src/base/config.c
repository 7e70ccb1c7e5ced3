/*
 * Reading the configuration: each source lays its values over those before it. All problems are
 * collected before any is told, so that one run shows everything that is to be put right.
 */
#include "base/config.h"

#include "base/config_key.h"
#include "base/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_MOST ((size_t)1 << 20)
#define VALUE_MOST ((size_t)64 << 10)
#define ARENA_CAP ((size_t)32 << 20)
#define PREFIX "ALDGATE_"

void
config_env_name(struct buf *out, const struct config_key *key)
{
	buf_z(out, PREFIX);
	for (const char *p = key->section; *p; p++)
		buf_char(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	buf_char(out, '_');
	for (const char *p = key->name; *p; p++)
		buf_char(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
}

void
config_problem(struct config_reader *r, enum config_id id, const char *format, ...)
{
	const struct config_key *key = &config_keys[id];
	char text[512];
	va_list ap;

	r->problem_count++;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (r->origin[id].plain_env || r->origin[id].file_env) {
		config_env_name(r->problems, key);
		buf_z(r->problems, r->origin[id].plain_env ? ": " : "_FILE: ");
	} else if (r->origin[id].line > 0) {
		buf_printf(r->problems, "%s:%d: ", r->file, r->origin[id].line);
	}
	buf_printf(r->problems, "%s.%s %s\n", key->section, key->name, text);
}

static void
file_problem(struct config_reader *r, int line, const char *text)
{
	r->problem_count++;
	if (line > 0)
		buf_printf(r->problems, "%s:%d: %s\n", r->file, line, text);
	else
		buf_printf(r->problems, "%s: %s\n", r->file, text);
}

/* A whole file into the arena; NULL, or what is wrong. */
static const char *
load(struct arena *a, const char *path, size_t most, struct str *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf b;
	char piece[4096];
	ssize_t n = 0;

	if (fd < 0)
		return strerrordesc_np(errno);
	buf_init_arena(&b, a, most);
	while (!b.full && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&b, piece, (size_t)n);
	wipe(piece, sizeof(piece));
	if (n < 0) {
		const char *why = strerrordesc_np(errno);

		close(fd);
		return why;
	}
	close(fd);
	if (b.full)
		return "too large";
	*out = buf_view(&b);
	return NULL;
}

static void
set_defaults(struct config_reader *r)
{
	for (size_t id = 0; id < CONFIG_KEYS; id++)
		config_set(r, (enum config_id)id, str_of(config_keys[id].fallback));
	if (r->problem_count > 0)
		die("a default in config.def breaks its own rule: %.*s",
		    STR_ARG(buf_view(r->problems)));
}

static bool
find_key(struct str section, struct str name, enum config_id *id)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		if (str_eq(section, str_of(config_keys[i].section)) &&
		    str_eq(name, str_of(config_keys[i].name))) {
			*id = (enum config_id)i;
			return true;
		}
	}
	return false;
}

static int
shown(struct str s)
{
	return s.n < 64 ? (int)s.n : 64;
}

static enum err
take_entry(const struct ini_entry *entry, void *arg)
{
	struct config_reader *r = arg;
	enum config_id id;
	char text[160];

	if (!find_key(entry->section, entry->name, &id)) {
		snprintf(text, sizeof(text), "unknown key %.*s.%.*s", shown(entry->section),
			 entry->section.p, shown(entry->name), entry->name.p);
		file_problem(r, entry->line, text);
		return OK;
	}
	if (r->origin[id].line > 0) {
		snprintf(text, sizeof(text), "%s.%s is set twice, first in line %d",
			 config_keys[id].section, config_keys[id].name, r->origin[id].line);
		file_problem(r, entry->line, text);
		return OK;
	}
	r->origin[id].line = entry->line;
	config_set(r, id, entry->value);
	return OK;
}

static void
read_config_file(struct config_reader *r)
{
	struct str text;
	const char *why = load(&r->c->arena, r->file, FILE_MOST, &text);
	int line = 0;

	if (why)
		file_problem(r, 0, why);
	else if (ini_read(text, take_entry, r, &line) != OK)
		file_problem(r, line, "neither [section], name = value nor a comment");
}

static void
set_from_value_file(struct config_reader *r, enum config_id id, const char *path)
{
	struct str value;
	const char *why = load(&r->c->arena, path, VALUE_MOST, &value);

	if (why) {
		config_problem(r, id, "can't be read from its file: %s", why);
		return;
	}
	if (str_ends(value, S("\r\n")))
		value.n -= 2;
	else if (str_ends(value, S("\n")))
		value.n--;
	config_set(r, id, value);
}

/* variable is "ALDGATE_…" without its value. */
static bool
take_variable(struct config_reader *r, struct str variable, const char *value)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		enum config_id id = (enum config_id)i;
		struct buf name CLEANUP_BUF;
		struct str rest;

		buf_init(&name, 128);
		config_env_name(&name, &config_keys[i]);
		if (!str_starts(variable, buf_view(&name)))
			continue;
		rest = str_from(variable, name.n);
		if (rest.n == 0) {
			r->origin[id].plain_env = true;
			config_set(r, id, str_copy(&r->c->arena, str_of(value)));
			return true;
		}
		if (str_eq(rest, S("_FILE"))) {
			r->origin[id].file_env = true;
			set_from_value_file(r, id, value);
			return true;
		}
	}
	return str_eq(variable, S("ALDGATE_CONFIG")) || str_eq(variable, S("ALDGATE_BIN")) ||
	       str_starts(variable, S("ALDGATE_TEST_"));
}

static void
read_environment(struct config_reader *r, char **environ_)
{
	for (char **at = environ_; at && *at; at++) {
		struct str value = str_of(*at), variable;

		if (!str_starts(value, S(PREFIX)) || !str_cut(&value, '=', &variable) ||
		    str_absent(value))
			continue;
		if (!take_variable(r, variable, value.p))
			buf_printf(r->warnings, "%.*s: unknown variable\n", STR_ARG(variable));
	}
	for (size_t id = 0; id < CONFIG_KEYS; id++)
		if (r->origin[id].plain_env && r->origin[id].file_env)
			config_problem(r, (enum config_id)id,
				       "is given here and by its _FILE variable");
}

enum err
config_read(struct config *out, const char *file, char **environ_, struct buf *problems,
	    struct buf *warnings)
{
	struct config c = {0};
	struct config_reader r = {
		.c = &c, .problems = problems, .warnings = warnings, .file = file};

	arena_init(&c.arena, ARENA_CAP);
	set_defaults(&r);
	if (file)
		read_config_file(&r);
	read_environment(&r, environ_);
	config_check(&r);
	if (r.problem_count > 0) {
		arena_release(&c.arena);
		return ERR_INVALID;
	}
	*out = c;
	return OK;
}

void
config_release(struct config *c)
{
	arena_release(&c->arena);
	*c = (struct config){0};
}
