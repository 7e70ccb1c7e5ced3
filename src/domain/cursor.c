/*
 * base64url of a MAC, cut to 16 bytes, and the key of a row. The list's scope is under the MAC but
 * not in the text, so a cursor of another list, user or filter is as good as a forged one. A row
 * id holds its time (UUIDv7), so the key of nearly every list is an id alone.
 */
#include "domain/cursor.h"

#include "base/enc.h"
#include "crypto/vault.h"

#define TAG 16
#define KEY_MAX 700
#define TEXT_MAX (BASE64URL_LENGTH(TAG + KEY_MAX))

static void
make_tag(struct ctx *cx, struct str scope, struct str key, uint8_t out[static MAC_SIZE])
{
	const struct str parts[] = {scope, key};

	vault_mac_parts(cx->vault, VAULT_CURSOR, parts, ARRAY_LEN(parts), out);
}

static bool
read_cursor(struct ctx *cx, struct str scope, struct str text, struct str *key)
{
	uint8_t tag[MAC_SIZE];
	size_t n = TAG + KEY_MAX;
	char *bytes = arena_alloc(cx->arena, n);

	if (text.n > TEXT_MAX || !base64url_decode(text, bytes, &n) || n <= TAG)
		return false;
	*key = (struct str){bytes + TAG, n - TAG};
	make_tag(cx, scope, *key, tag);
	return secret_eq((struct secret){(const char *)tag, TAG}, (struct secret){bytes, TAG});
}

enum err
paging_begin(struct ctx *cx, const struct page_in *in, struct str scope, struct page *out)
{
	*out = (struct page){.limit = in->limit ? in->limit : PAGE_DEFAULT, .scope = scope};
	if (str_absent(in->cursor) || read_cursor(cx, scope, in->cursor, &out->key))
		return OK;
	return fail_field(cx, "cursor", "This is no cursor of this list.");
}

struct str
paging_cursor(struct ctx *cx, const struct page *p, struct str key)
{
	struct buf bytes, text;
	uint8_t tag[MAC_SIZE];

	make_tag(cx, p->scope, key, tag);
	buf_init_arena(&bytes, cx->arena, TAG + KEY_MAX);
	buf_add(&bytes, tag, TAG);
	buf_str(&bytes, key);
	buf_init_arena(&text, cx->arena, TEXT_MAX + 1);
	base64url_encode(&text, bytes.p, bytes.n);
	return buf_view(&text);
}

bool
paging_id(const struct page *p, struct uuid *id)
{
	if (p->key.n != sizeof(id->b))
		return false;
	memcpy(id->b, p->key.p, sizeof(id->b));
	return true;
}

struct str
paging_cursor_id(struct ctx *cx, const struct page *p, const struct uuid *id)
{
	return paging_cursor(cx, p, (struct str){(const char *)id->b, sizeof(id->b)});
}

struct str
paging_end_id(struct ctx *cx, const struct page *p, struct list *rows, size_t size, size_t id_at)
{
	size_t most = (size_t)p->limit;
	const char *last;

	if (rows->n <= most)
		return STR_NONE;
	rows->n = most;
	last = (const char *)rows->v + (most - 1) * size;
	return paging_cursor_id(cx, p, (const struct uuid *)(const void *)(last + id_at));
}
