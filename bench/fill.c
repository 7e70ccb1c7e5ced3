/*
 * Makes a store with many accounts, through the program's own floors: rows that a sign-up would
 * have made, and tokens that the server takes. One password hash serves all. The configuration is
 * the environment's. Each line of OUT is an access token, a refresh token and an e-mail address.
 */
#include "base/clock.h"
#include "crypto/hasher.h"
#include "domain/signin.h"
#include "server/app.h"

#include <unistd.h>

#define PASSWORD "correct-Horse-battery-staple"
#define BATCH 1000
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct batch {
	struct user users[BATCH];
	struct session sessions[BATCH];
	int64_t n;
};

static void
plan(struct ctx *cx, struct str phc, int64_t number, struct user *u, struct session *s)
{
	int64_t now = clock_now();

	*u = (struct user){
		.email = str_print(cx->arena, "user%08" PRId64 "@example.org", number),
		.full_name = S("Some Person"),
		.password = phc,
		.role = S("SELLER"),
		.kyc_status = S("approved"),
		.is_email_verified = true,
		.created_at = now,
		.updated_at = now,
	};
	u->email_key = u->email;
	if (uuid_new(&u->id) != OK || session_plan(cx, u, STR_NONE, S("pwd"), now, s) != OK)
		die("no random bytes");
}

static enum err
insert(struct ctx *cx, void *arg)
{
	const struct batch *b = arg;

	for (int64_t i = 0; i < b->n; i++) {
		TRY(user_insert(cx, &b->users[i]));
		TRY(session_insert(cx, &b->sessions[i]));
	}
	return OK;
}

static void
write_tokens(struct ctx *cx, const struct user *u, const struct session *s, FILE *out)
{
	struct tokens t;

	if (tokens_make(cx, s, u, clock_now(), &t) != OK)
		die("a token can't be made");
	fprintf(out, "%.*s %.*s %.*s\n", STR_ARG(t.access), STR_ARG(t.refresh), STR_ARG(u->email));
}

/* Tokens of every `each`th user. */
static void
fill(struct ctx *cx, int64_t users, int64_t each, FILE *out)
{
	static struct batch b;
	struct arena kept = {0}, *first = cx->arena;
	struct str phc;

	if (password_hash(cx, secret_of(S(PASSWORD)), &phc) != OK)
		die("the password can't be hashed");
	arena_init(&kept, ARENA_MAX);
	cx->arena = &kept;
	for (int64_t done = 0; done < users; done += b.n) {
		b.n = users - done < BATCH ? users - done : BATCH;
		for (int64_t i = 0; i < b.n; i++)
			plan(cx, phc, done + i, &b.users[i], &b.sessions[i]);
		if (store_write(cx, insert, &b) != OK)
			die("the store can't be written");
		for (int64_t i = 0; i < b.n; i++)
			if ((done + i) % each == 0)
				write_tokens(cx, &b.users[i], &b.sessions[i], out);
		arena_reset(&kept);
	}
	arena_release(&kept);
	cx->arena = first;
}

int
main(int argc, char **argv)
{
	struct buf problem CLEANUP_BUF, warnings CLEANUP_BUF;
	struct config config;
	struct app app;
	int64_t users, tokens;
	FILE *out;

	if (argc != 4 || !str_int(str_of(argv[1]), &users) || !str_int(str_of(argv[2]), &tokens) ||
	    users < 1 || tokens < 1 || tokens > users) {
		fprintf(stderr, "usage: aldgate-fill USERS TOKENS OUT\n");
		return 2;
	}
	buf_init(&problem, 4096);
	buf_init(&warnings, 4096);
	out = fopen(argv[3], "we");
	if (!out)
		die("can't write %s", argv[3]);
	if (config_read(&config, NULL, environ, &problem, &warnings) != OK ||
	    app_open(&app, &config, STORE_MIGRATE, &problem) != OK)
		die("%.*s", STR_ARG(buf_view(&problem)));
	fill(&app.cx, users, users / tokens, out);
	store_thread_end(app.cx.store);
	app_close(&app);
	config_release(&config);
	return fclose(out) == 0 ? 0 : 1;
}
