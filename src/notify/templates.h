/*
 * The texts of messages. Each template has a text part (NAME.txt: "Subject: …", an empty line, the
 * text) and an HTML part (NAME.html); one of a text message is its text alone. The built-in ones
 * stand in notify/templates/ and are compiled in; a file of the same name in the folder
 * mail.templates replaces one.
 *
 * {{name}} is replaced by a value, escaped in HTML. {{#name}}…{{/name}} is shown when the value is
 * there and not empty; blocks don't nest. Names other than those of the template's row are an error
 * when it is read.
 */
#ifndef NOTIFY_TEMPLATES_H
#define NOTIFY_TEMPLATES_H

#include "domain/message.h"

#define TEMPLATE_MAX ((size_t)64 * 1024) /* bytes of one file */

struct template
{
	const char *name;
	struct str subject, text, html;
};

struct templates {
	struct arena arena; /* owns what was read from files */
	struct template *v;
	size_t n;
};

struct template_builtin {
	const char *name;
	struct str text, html; /* as in the files */
};

/* Made of the files by tools/gen_templates.py. */
extern const struct template_builtin templates_builtin[];
extern const size_t templates_builtin_count;

void templates_init(struct templates *t);
void templates_release(struct templates *t);
/*
 * Reads the folder (absent: only the built-in ones), again if it was read before. A file that can't
 * be used is logged and its built-in serves instead, so this does not fail.
 */
void templates_load(struct ctx *cx, struct templates *t, struct str folder);

/* What a template became; in cx's arena. Lines end in LF. */
struct rendering {
	struct str subject, text, html;
};

/*
 * ERR_NOT_FOUND: there is no such template. ERR_INTERNAL: the result would be too large. `site` is
 * the host that mails speak of. Values are taken as one line: control characters become spaces, and
 * all but links are cut at 200 bytes.
 */
MUST_CHECK enum err templates_render(struct ctx *cx, const struct templates *t,
				     const struct message *m, struct str site,
				     struct rendering *out);

/* Whether text is well-formed and uses only names of `vars` (apart by spaces); *problem says what
 * is wrong. */
bool template_check(struct str text, struct str vars, const char **problem);

#endif
