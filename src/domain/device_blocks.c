/* A block is looked at wherever a session is: sign-in, refresh, each protected call. Here it is
 * only put and lifted, so a lifted one lets the device's sessions live again. */
#include "domain/device_blocks.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "domain/admin.h"
#include "domain/audit.h"
#include "domain/caller.h"
#include "store/store.h"

#define DETAIL_MAX 8192

static struct str
detail(struct ctx *cx, const struct device_block_in *in)
{
	struct buf text;
	struct json_out w;

	buf_init_arena(&text, cx->arena, DETAIL_MAX);
	w = json_to(&text);
	json_open(&w);
	json_pair_str(&w, "device_id", in->device_id);
	if (!str_absent(in->reason))
		json_pair_str(&w, "reason", in->reason);
	json_close(&w);
	return buf_view(&text);
}

static const struct uuid *
subject_of(const struct device_block_in *in)
{
	return uuid_is_zero(&in->user) ? NULL : &in->user;
}

static enum err
block(struct ctx *cx, void *arg)
{
	const struct device_block_in *in = arg;
	int64_t now = clock_now();
	struct device_block b = {
		.device_id = in->device_id,
		.user_id = in->user,
		.reason = in->reason,
		.created_at = now,
	};
	struct user u;

	TRY(admin_still(cx));
	if (subject_of(in))
		TRY(user_by_id(cx, &in->user, &u));
	if (cx->caller->bearer == BEARER_GOOD)
		b.actor_id = cx->caller->user.id;
	TRY(device_block_put(cx, &b));
	return audit_note_detail(cx, "device_blocked", subject_of(in), detail(cx, in), now);
}

enum err
device_block(struct ctx *cx, const struct device_block_in *in, struct nothing *out)
{
	struct device_block_in copy = *in;

	*out = (struct nothing){0};
	TRY(admin_check_reason(cx, in->reason));
	return store_write(cx, block, &copy);
}

static enum err
unblock(struct ctx *cx, void *arg)
{
	const struct device_block_in *in = arg;

	TRY(admin_still(cx));
	TRY(device_block_delete(cx, in->device_id, &in->user));
	return audit_note_detail(cx, "device_unblocked", subject_of(in), detail(cx, in),
				 clock_now());
}

enum err
device_unblock(struct ctx *cx, const struct device_block_in *in, struct nothing *out)
{
	struct device_block_in copy = *in;

	*out = (struct nothing){0};
	TRY(admin_check_reason(cx, in->reason));
	return store_write(cx, unblock, &copy);
}

struct gathering {
	struct device_block *v;
	size_t n;
};

static void
gather(struct ctx *cx, const struct device_block *b, void *arg)
{
	struct gathering *g = arg;

	g->v[g->n++] = *b;
}

/* The scope, which is ASCII without a space, and behind it the device. */
static struct str
key_of(struct ctx *cx, const struct device_block *b)
{
	struct str scope = uuid_is_zero(&b->user_id) ? S("all") : uuid_text(cx->arena, &b->user_id);

	return str_print(cx->arena, "%.*s %.*s", STR_ARG(scope), STR_ARG(b->device_id));
}

enum err
device_blocks_list(struct ctx *cx, const struct page_in *in, struct device_block_list *out)
{
	struct gathering g = {0};
	struct str scope = S("");
	struct page page;

	TRY(paging_begin(cx, in, S("device_blocks"), &page));
	if (!str_cut(&page.key, ' ', &scope) || str_absent(page.key))
		page.key = scope = S("");
	g.v = arena_array(cx->arena, struct device_block, (size_t)page.limit + 1);
	TRY(device_block_list(cx, page.key, scope, page.limit + 1, gather, &g));
	*out = (struct device_block_list){.items = {g.v, g.n}};
	if (g.n <= (size_t)page.limit)
		return OK;
	out->items.n = (size_t)page.limit;
	out->next_cursor = paging_cursor(cx, &page, key_of(cx, &g.v[page.limit - 1]));
	return OK;
}
