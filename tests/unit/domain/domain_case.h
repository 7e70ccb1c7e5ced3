/*
 * What a use case needs, all of it real and in a folder of its own: a store, keys, a hasher with
 * cheap hashes, and a clock that the test moves. The caller is nobody, from 192.0.2.1.
 */
#ifndef TESTS_DOMAIN_CASE_H
#define TESTS_DOMAIN_CASE_H

#include "../unit.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/enc.h"
#include "base/json_read.h"
#include "crypto/hasher.h"
#include "crypto/keyring.h"
#include "crypto/vault.h"
#include "domain/caller.h"
#include "domain/keys.h"
#include "domain/shared.h"
#include "domain/signin.h"
#include "domain/signup.h"
#include "domain/verify.h"
#include "store/outbox.h"
#include "store/store.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#define START INT64_C(1700000000000000)
#define PASSWORD "correct-Horse-battery-staple"
#define WRONG "wrong-Horse-battery-staple"
#define SETTINGS_MOST 12

struct domain_case {
	char folder[64];
	struct config config;
	struct arena arena;
	struct caller caller;
	struct ctx cx;
	struct uuid seen[256]; /* mails that were looked at */
	size_t seen_n;
};

static _Atomic int64_t case_now = START;

static inline int64_t
case_clock(void)
{
	return atomic_load(&case_now);
}

static inline void
pass(int64_t us)
{
	atomic_fetch_add(&case_now, us);
}

static inline void
must(enum err e)
{
	if (e == OK)
		return;
	print_error("%s\n", err_row(e)->code);
	assert_int_equal(e, OK);
}

/* settings: "ALDGATE_…=…", NULL-terminated. */
static inline void
domain_case_make(struct domain_case *t, const char *const *settings)
{
	char folder[96], *environment[SETTINGS_MOST + 4] = {folder};
	size_t n = 1;
	struct buf problem, warnings;

	*t = (struct domain_case){.folder = "/tmp/aldgate-test-XXXXXX"};
	atomic_store(&case_now, START);
	clock_inject(case_clock);
	assert_non_null(mkdtemp(t->folder));
	snprintf(folder, sizeof(folder), "ALDGATE_SERVER_DATA_DIR=%s", t->folder);
	environment[n++] = (char[]){"ALDGATE_PASSWORD_ARGON2_MEMORY_KIB=1024"};
	environment[n++] = (char[]){"ALDGATE_PASSWORD_ARGON2_PASSES=1"};
	while (settings && *settings && n < SETTINGS_MOST)
		environment[n++] = (char *)(uintptr_t)*settings++;
	buf_init(&problem, 4096);
	buf_init(&warnings, 4096);
	if (config_read(&t->config, NULL, environment, &problem, &warnings) != OK)
		print_error("%.*s", STR_ARG(buf_view(&problem)));
	assert_int_equal(problem.n + warnings.n, 0);
	arena_init(&t->arena, 256 << 20);
	t->caller = (struct caller){.ip = S("192.0.2.1"), .net = S("192.0.2.1")};
	t->cx = (struct ctx){
		.arena = &t->arena,
		.config = &t->config,
		.caller = &t->caller,
		.request_id = S("test"),
		.keys = keyring_new(),
	};
	must(vault_open(&t->config, true, &t->cx.vault, &problem));
	must(store_open(&t->config, STORE_MIGRATE, &t->cx.store, &problem));
	must(hasher_open(&t->config, &t->cx.hasher));
	must(shared_open(&t->cx.shared));
	must(keys_open(&t->cx, &problem));
	buf_release(&problem);
	buf_release(&warnings);
}

static inline int
domain_case_remove(const char *path, const struct stat *st UNUSED, int kind UNUSED,
		   struct FTW *f UNUSED)
{
	return remove(path);
}

static inline void
domain_case_end(struct domain_case *t)
{
	shared_close(t->cx.shared);
	hasher_close(t->cx.hasher);
	keyring_free(t->cx.keys);
	store_thread_end(t->cx.store);
	store_close(t->cx.store);
	vault_close(t->cx.vault);
	arena_release(&t->arena);
	config_release(&t->config);
	clock_inject(NULL);
	nftw(t->folder, domain_case_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* case_exec.c: for store_write. */
enum err case_exec(struct ctx *cx, void *text);

/* A statement for states that no use case makes; its first number. What changes rows goes through
 * the store's writer, which must know of every change. */
static inline int64_t
case_count(struct domain_case *t, const char *text)
{
	char copy[512];
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	int64_t n = 0;

	if (sqlite3_open(t->config.database_path.p, &db) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, 5000) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK)
		print_error("%s: %s\n", text, sqlite3_errmsg(db));
	snprintf(copy, sizeof(copy), "%s", text);
	if (!sqlite3_stmt_readonly(s))
		assert_int_equal(store_write(&t->cx, case_exec, copy), OK);
	else if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
	sqlite3_close(db);
	return n;
}

struct mail {
	struct str to, template, code, link, token, count, undo_token, restore_token;
};

struct mail_search {
	struct domain_case *t;
	struct mail *mail;
	bool found;
};

/* What stands behind token= in a link of a mail; absent: there is no link. */
static inline struct str
mail_token(struct str link)
{
	for (size_t i = 0; i < link.n; i++)
		if (str_starts(str_from(link, i), S("token=")))
			return str_from(link, i + 6);
	return STR_NONE;
}

static inline void
mail_look(struct ctx *cx, const struct outbox_row *r, void *arg)
{
	struct mail_search *search = arg;
	struct domain_case *t = search->t;
	struct json *whole CLEANUP_JSON = NULL;
	const struct json *vars;
	struct secret plain;
	struct str context =
		str_print(cx->arena, "outbox:%.*s", STR_ARG(uuid_text(cx->arena, &r->id)));

	if (str_eq(r->channel, S("void"))) /* work for nobody: proof_decoy */
		return;
	for (size_t i = 0; i < t->seen_n; i++)
		if (uuid_eq(&t->seen[i], &r->id))
			return;
	if (search->found)
		return;
	search->found = true;
	assert_true(t->seen_n < ARRAY_LEN(t->seen));
	t->seen[t->seen_n++] = r->id;
	must(unseal(cx, context, r->payload, &plain));
	must(json_parse_object(cx, (struct str){plain.p, plain.n}, &whole));
	vars = json_member(whole, "vars");
	*search->mail = (struct mail){
		.to = str_copy(cx->arena, json_string(json_member(whole, "to"))),
		.template = str_copy(cx->arena, json_string(json_member(whole, "template"))),
		.code = str_copy(cx->arena, json_string(json_member(vars, "code"))),
		.link = str_copy(cx->arena, json_string(json_member(vars, "link"))),
		.count = str_copy(cx->arena, json_string(json_member(vars, "count"))),
	};
	search->mail->token = mail_token(search->mail->link);
	search->mail->undo_token =
		mail_token(str_copy(cx->arena, json_string(json_member(vars, "undo"))));
	search->mail->restore_token =
		mail_token(str_copy(cx->arena, json_string(json_member(vars, "restore"))));
}

/* The oldest mail that was not looked at; false: there is none. */
static inline bool
next_mail(struct domain_case *t, struct mail *mail)
{
	struct mail_search search = {t, mail, false};

	must(outbox_due(&t->cx, STR_NONE, case_clock() + 1000 * DAY, 256, mail_look, &search));
	return search.found;
}

/* The newest mail of a template among those that were not looked at. */
static inline struct mail
mail_of(struct domain_case *t, const char *template)
{
	struct mail m, found = {.to = STR_NONE};

	while (next_mail(t, &m))
		if (str_eq(m.template, str_of(template)))
			found = m;
	assert_false(str_absent(found.to));
	return found;
}

static inline void
from(struct domain_case *t, const char *ip)
{
	t->caller.ip = t->caller.net = str_of(ip);
}

static inline void
nobody(struct domain_case *t)
{
	t->caller.bearer = BEARER_NONE;
}

/* The caller is whom the token says. */
static inline void
as(struct domain_case *t, struct str access)
{
	must(bearer_check(&t->cx, access, &t->caller));
	t->caller.bearer = BEARER_GOOD;
}

/* As the command line makes one; role absent: the default. */
static inline struct user
case_user(struct domain_case *t, struct str email, struct str role, bool verified)
{
	struct user_create_in in = {
		.email = email,
		.role = role,
		.verified = verified,
		.password = secret_of(S(PASSWORD)),
	};
	struct user u;

	must(user_create(&t->cx, &in, &u));
	return u;
}

static inline enum err
case_store_session(struct ctx *cx, void *arg)
{
	return session_store(cx, arg, STR_NONE);
}

/* A session, whatever the account's state. */
static inline struct session
case_sign_in(struct domain_case *t, const struct user *u, struct str *access)
{
	struct session s;
	struct tokens tokens;

	must(session_plan(&t->cx, u, STR_NONE, S("pwd"), case_now, &s));
	must(store_write(&t->cx, case_store_session, &s));
	must(tokens_make(&t->cx, &s, u, case_now, &tokens));
	*access = tokens.access;
	return s;
}

static inline struct sign_in
signed_up(struct domain_case *t, const char *email, const char *username)
{
	struct signup_in in = {
		.email = str_of(email),
		.username = str_of(username),
		.password = secret_of(S(PASSWORD)),
	};
	struct sign_in out;

	fault_clear(&t->cx);
	must(signup(&t->cx, &in, &out));
	return out;
}

/* Signed up, and its address proven by the mail's link. */
static inline struct sign_in
member(struct domain_case *t, const char *email, const char *username)
{
	struct sign_in done = signed_up(t, email, username);
	struct verify_in in = {0};
	struct verify_out out;
	struct mail mail;

	while (next_mail(t, &mail))
		if (str_eq(mail.to, str_of(email)))
			in.token = mail.token;
	must(verification_confirm(&t->cx, &in, &out));
	return done;
}

static inline int
case_begin(void **state)
{
	struct domain_case *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	domain_case_make(t, NULL);
	*state = t;
	return 0;
}

static inline int
case_finish(void **state)
{
	domain_case_end(*state);
	free(*state);
	return 0;
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, case_begin, case_finish)

#endif
