/*
 * The template engine and the set of templates in use. The language is as small as it can be,
 * because operators edit these files: values and optional blocks. All mistakes are found when a
 * file is read, so that a mail is never lost to one.
 */
#include "notify/templates.h"

#include "base/config.h"
#include "base/enc.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RENDERING_MAX ((size_t)256 * 1024)
#define SUBJECT_MAX ((size_t)1000)
#define VALUE_MAX ((size_t)200)

/* text: of a text message, which has no subject and no HTML part. */
static const struct {
	const char *name;
	struct str vars;
	bool text;
} rows[] = {
	{"verify_email", S("site code link code_minutes link_hours undo")},
	{"preregistration", S("site link link_hours again")},
	{"reset_password", S("site code link code_minutes link_hours")},
	{"account_exists", S("site time")},
	{"refresh_reused", S("site device ip time")},
	{"login_failures", S("site count time")},
	{"login_stopped", S("site count time")},
	{"login_alert", S("site time ip city country device fast undo")},
	{"new_device", S("site time ip country device undo")},
	{"password_changed", S("site time")},
	{"phone_changed", S("site time undo")},
	{"mfa_enabled", S("site method time")},
	{"mfa_disabled", S("site time")},
	{"mfa_failures", S("site count stopped time")},
	{"recovery_code_used", S("site count ip time")},
	{"login_code", S("site code code_minutes")},
	{"change_email", S("site code code_minutes")},
	{"email_changed", S("site time undo")},
	{"deletion", S("site time restore until")},
	{"kyc_received", S("site time")},
	{"kyc_approved", S("site time until")},
	{"kyc_rejected", S("site time reason")},
	{"kyc_revoked", S("site time reason")},
	{"kyc_resubmit", S("site time reason papers")},
	{"kyc_expired", S("site time")},
	{"sms_code", S("site code minutes"), true},
};

enum piece_kind { PIECE_TEXT, PIECE_VALUE, PIECE_OPEN, PIECE_CLOSE };

struct piece {
	enum piece_kind kind;
	struct str s;    /* the text or the name */
	bool line_start; /* of a tag: nothing stands before it on its line */
	bool line_end;   /* of a tag: nothing stands behind it on its line */
};

struct scanner {
	struct str text;
	size_t at;
};

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return s.n > 0;
}

static size_t
find_pair(struct str text, size_t from, char c)
{
	for (size_t i = from; i + 1 < text.n; i++)
		if (text.p[i] == c && text.p[i + 1] == c)
			return i;
	return text.n;
}

/* The tag that starts at s->at. */
static bool
scan_tag(struct scanner *s, struct piece *out)
{
	size_t start = s->at;
	size_t end = find_pair(s->text, start + 2, '}');
	struct str inner;

	if (end == s->text.n)
		return false;
	inner = (struct str){s->text.p + start + 2, end - start - 2};
	out->kind = PIECE_VALUE;
	if (inner.n > 0 && (inner.p[0] == '#' || inner.p[0] == '/')) {
		out->kind = inner.p[0] == '#' ? PIECE_OPEN : PIECE_CLOSE;
		inner = str_from(inner, 1);
	}
	s->at = end + 2;
	out->s = inner;
	out->line_start = start == 0 || s->text.p[start - 1] == '\n';
	out->line_end = s->at < s->text.n && s->text.p[s->at] == '\n';
	return is_name(inner);
}

/* The next piece; false on a broken tag. Not to be called at the end. */
static bool
scan(struct scanner *s, struct piece *out)
{
	size_t start = s->at;
	size_t tag = find_pair(s->text, start, '{');

	if (tag == start)
		return scan_tag(s, out);
	s->at = tag;
	*out = (struct piece){.kind = PIECE_TEXT, .s = {s->text.p + start, tag - start}};
	return true;
}

static bool
is_one_of(struct str name, struct str vars)
{
	struct str word;

	while (str_cut(&vars, ' ', &word))
		if (str_eq(name, word))
			return true;
	return false;
}

bool
template_check(struct str text, struct str vars, const char **problem)
{
	struct scanner s = {text, 0};
	struct str open = STR_NONE;
	struct piece p;

	while (s.at < text.n) {
		if (!scan(&s, &p)) {
			*problem = "a {{tag}} is broken";
			return false;
		}
		if (p.kind == PIECE_TEXT)
			continue;
		*problem = "a {{name}} is not known here";
		if (!is_one_of(p.s, vars))
			return false;
		*problem = "the {{#blocks}} are not closed one by one";
		if (p.kind == PIECE_OPEN ? !str_absent(open)
					 : p.kind == PIECE_CLOSE && !str_eq(open, p.s))
			return false;
		if (p.kind != PIECE_VALUE)
			open = p.kind == PIECE_OPEN ? p.s : STR_NONE;
	}
	return str_absent(open);
}

/* What a value is looked up in, and how it is written. */
struct values {
	const struct message *m;
	struct str site;
	bool html;
};

static struct str
value_of(const struct values *v, struct str name)
{
	if (str_eq(name, S("site")))
		return v->site;
	for (size_t i = 0; i < MESSAGE_VARS && v->m->vars[i].name; i++)
		if (str_eq(name, str_of(v->m->vars[i].name)))
			return v->m->vars[i].value;
	return STR_NONE;
}

static size_t
character_length(struct str s)
{
	size_t n = 1;

	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Names of devices and the like come from strangers: they get one short line and no way to shape
 * the rest. */
static void
put_value(struct buf *out, const struct values *v, struct str name)
{
	struct str rest = value_of(v, name);
	bool link =
		str_eq(name, S("link")) || str_eq(name, S("undo")) || str_eq(name, S("restore"));
	size_t room = link ? SIZE_MAX : VALUE_MAX;

	while (rest.n > 0) {
		struct str c = {rest.p, character_length(rest)};

		if (c.n > room)
			return;
		room -= c.n;
		if (utf8_has_control(c))
			buf_char(out, ' ');
		else if (v->html)
			html_escape(out, c);
		else
			buf_str(out, c);
		rest = str_from(rest, c.n);
	}
}

/* The template was checked when it was read, so every tag is whole and known. */
static void
render(struct buf *out, struct str template, const struct values *v)
{
	struct scanner s = {template, 0};
	bool hidden = false, block_line_start = false;
	struct piece p;

	while (s.at < template.n && scan(&s, &p)) {
		bool swallow = p.line_start;

		if (p.kind == PIECE_TEXT && !hidden)
			buf_str(out, p.s);
		if (p.kind == PIECE_VALUE && !hidden)
			put_value(out, v, p.s);
		if (p.kind == PIECE_TEXT || p.kind == PIECE_VALUE)
			continue;
		if (p.kind == PIECE_OPEN) {
			hidden = value_of(v, p.s).n == 0;
			block_line_start = p.line_start;
		} else {
			swallow |= hidden && block_line_start;
			hidden = false;
		}
		if (swallow && p.line_end)
			s.at++;
	}
}

static enum err
render_part(struct ctx *cx, struct str template, const struct values *v, size_t cap,
	    struct str *out)
{
	struct buf b;

	buf_init_arena(&b, cx->arena, cap);
	render(&b, template, v);
	if (b.full)
		return ERR_INTERNAL;
	*out = buf_view(&b);
	return OK;
}

enum err
templates_render(struct ctx *cx, const struct templates *t, const struct message *m,
		 struct str site, struct rendering *out)
{
	struct values plain = {m, site, false}, html = {m, site, true};
	struct rendering r;

	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->v[i].name, m->template) != 0)
			continue;
		TRY(render_part(cx, t->v[i].subject, &plain, SUBJECT_MAX, &r.subject));
		TRY(render_part(cx, t->v[i].text, &plain, RENDERING_MAX, &r.text));
		TRY(render_part(cx, t->v[i].html, &html, RENDERING_MAX, &r.html));
		*out = r;
		return OK;
	}
	return ERR_NOT_FOUND;
}

/* Cuts "Subject: …" and the empty line off. */
static bool
split_subject(struct str *text, struct str *subject)
{
	struct str rest = *text, line, empty;

	if (!str_cut(&rest, '\n', &line) || !str_starts(line, S("Subject:")))
		return false;
	if (!str_cut(&rest, '\n', &empty) || empty.n != 0 || str_absent(rest))
		return false;
	*subject = str_trim(str_from(line, sizeof("Subject:") - 1));
	*text = rest;
	return subject->n > 0;
}

static bool
use_text(struct template *t, struct str file, struct str vars, const char **problem)
{
	struct str subject;

	*problem = "it does not begin with \"Subject: …\" and an empty line";
	if (!split_subject(&file, &subject))
		return false;
	if (!template_check(subject, vars, problem) || !template_check(file, vars, problem))
		return false;
	t->subject = subject;
	t->text = file;
	return true;
}

/* Line ends at its end are not sent. */
static bool
use_sms(struct template *t, struct str file, struct str vars, const char **problem)
{
	while (file.n && file.p[file.n - 1] == '\n')
		file.n--;
	*problem = "it is empty";
	if (!file.n || !template_check(file, vars, problem))
		return false;
	t->subject = S("");
	t->text = file;
	t->html = S("");
	return true;
}

static bool
use_html(struct template *t, struct str file, struct str vars, const char **problem)
{
	if (!template_check(file, vars, problem))
		return false;
	t->html = file;
	return true;
}

/* Carriage returns out, in place. */
static struct str
unix_lines(char *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r')
			p[kept++] = p[i];
	return (struct str){p, kept};
}

static bool
read_open_file(struct arena *a, int fd, struct str *out, const char **problem)
{
	struct stat st;
	char *p;
	ssize_t n;

	*problem = "it is not a file of at most 64 KiB";
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)TEMPLATE_MAX)
		return false;
	p = arena_alloc(a, (size_t)st.st_size + 1);
	n = read(fd, p, (size_t)st.st_size);
	*problem = "it can't be read";
	if (n < 0)
		return false;
	*out = unix_lines(p, (size_t)n);
	*problem = "it is not UTF-8";
	return utf8_valid(*out);
}

typedef bool (*use_fn)(struct template *t, struct str file, struct str vars, const char **problem);

static void
load_file(struct ctx *cx, struct templates *t, size_t i, struct str folder, const char *ending,
	  use_fn use)
{
	struct str path = str_print(cx->arena, "%.*s/%s%s", STR_ARG(folder), rows[i].name, ending);
	const char *problem = "it can't be opened";
	int fd = open(str_z(cx->arena, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good = false;
	struct str file;

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd >= 0) {
		good = read_open_file(&t->arena, fd, &file, &problem) &&
		       use(&t->v[i], file, rows[i].vars, &problem);
		close(fd);
	}
	if (!good)
		log_event(cx, LOG_ERROR, "template_not_used", LOG_STR("file", path),
			  LOG_Z("problem", problem));
}

static void
load_builtin(struct template *t, size_t i)
{
	const char *problem = "there is none";

	*t = (struct template){.name = rows[i].name};
	for (size_t k = 0; k < templates_builtin_count; k++) {
		const struct template_builtin *b = &templates_builtin[k];

		if (strcmp(b->name, t->name) != 0)
			continue;
		if (rows[i].text ? use_sms(t, b->text, rows[i].vars, &problem)
				 : use_text(t, b->text, rows[i].vars, &problem) &&
					   use_html(t, b->html, rows[i].vars, &problem))
			return;
	}
	die("the built-in template %s is broken: %s", t->name, problem);
}

void
templates_init(struct templates *t)
{
	*t = (struct templates){.n = ARRAY_LEN(rows)};
	arena_init(&t->arena, ARRAY_LEN(rows) * 2 * (TEMPLATE_MAX + 1024) + 64 * 1024);
}

void
templates_release(struct templates *t)
{
	arena_release(&t->arena);
}

void
templates_load(struct ctx *cx, struct templates *t, struct str folder)
{
	struct stat st;

	arena_reset(&t->arena);
	t->v = arena_array(&t->arena, struct template, t->n);
	for (size_t i = 0; i < t->n; i++)
		load_builtin(&t->v[i], i);
	if (folder.n == 0)
		return;
	if (stat(str_z(cx->arena, folder), &st) != 0 || !S_ISDIR(st.st_mode)) {
		log_event(cx, LOG_ERROR, "template_folder_missing", LOG_STR("folder", folder));
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		load_file(cx, t, i, folder, ".txt", rows[i].text ? use_sms : use_text);
		if (!rows[i].text)
			load_file(cx, t, i, folder, ".html", use_html);
	}
}
