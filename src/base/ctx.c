/*
 * What went wrong, in words. The texts live in the arena of the work at hand, so an error can be
 * passed up and answered without anybody freeing anything.
 */
#include "base/ctx.h"

#define DETAIL_MOST 512

enum err
fail(struct ctx *cx, enum err e, const char *format, ...)
{
	char text[DETAIL_MOST];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0)
		die("a format that can't be printed: %s", format);
	if ((size_t)n >= sizeof(text))
		n = (int)sizeof(text) - 1;
	cx->fault.detail = str_copy(cx->arena, (struct str){text, (size_t)n});
	return e;
}

enum err
fail_field(struct ctx *cx, const char *field, const char *message)
{
	struct field_error **end = &cx->fault.fields;
	struct field_error *added = arena_new(cx->arena, struct field_error);

	while (*end)
		end = &(*end)->next;
	added->field = str_copy(cx->arena, str_of(field));
	added->message = str_copy(cx->arena, str_of(message));
	*end = added;
	return ERR_INVALID;
}

enum err
fail_retry(struct ctx *cx, enum err e, int64_t after_us)
{
	int64_t seconds = after_us / SECOND + (after_us % SECOND > 0);

	cx->fault.retry_after = seconds > 0 ? seconds : 1;
	return e;
}

static void
add_extra(struct ctx *cx, struct fault_extra extra)
{
	struct fault_extra *added = arena_new(cx->arena, struct fault_extra);

	*added = extra;
	added->next = cx->fault.extras;
	cx->fault.extras = added;
}

void
fail_extra(struct ctx *cx, const char *name, struct str text)
{
	add_extra(cx, (struct fault_extra){.name = name, .text = text});
}

void
fail_extra_list(struct ctx *cx, const char *name, const struct str_list *list)
{
	add_extra(cx, (struct fault_extra){.name = name, .list = list});
}

struct str
fault_sentence(const struct fault *f, const struct err_row *row)
{
	return str_absent(f->detail) ? str_of(row->sentence) : f->detail;
}

void
fault_clear(struct ctx *cx)
{
	cx->fault = (struct fault){0};
}
