/*
 * The order matters: a master key is made only when there is no store yet, so that a lost key file
 * is an error and never a silent new key beside sealed data.
 */
#include "server/app.h"

#include "crypto/hasher.h"
#include "crypto/keyring.h"
#include "crypto/master_key.h"
#include "crypto/vault.h"
#include "domain/geo.h"
#include "domain/keys.h"
#include "domain/shared.h"

#define APP_ARENA_MAX (16 * 1024 * 1024)

/* A key without its store: somebody has lost a database, and must not get an empty one for it. */
static enum err
check_nothing_lost(const struct config *config, struct buf *problem)
{
	if (str_absent(config->database_path) || !master_key_file_there(config))
		return OK;
	buf_printf(
		problem,
		"%.*s/master.key is there, but its store %.*s is missing or empty: put the store "
		"back, or remove master.key to begin anew",
		STR_ARG(config->server_data_dir), STR_ARG(config->database_path));
	return ERR_INVALID;
}

static enum err
open_parts(struct app *app, enum store_migration how, struct buf *problem)
{
	struct ctx *cx = &app->cx;
	bool exists;

	TRY(store_exists(app->config, &exists, problem));
	if (!exists)
		TRY(check_nothing_lost(app->config, problem));
	TRY(vault_open(app->config, !exists, &cx->vault, problem));
	TRY(store_open(app->config, how, &cx->store, problem));
	cx->keys = keyring_new();
	TRY(hasher_open(app->config, &cx->hasher));
	TRY(shared_open(&cx->shared));
	TRY(geo_open(app->config, &cx->geo));
	return how == STORE_ANY_VERSION ? OK : keys_open(cx, problem);
}

enum err
app_open(struct app *app, const struct config *config, enum store_migration how,
	 struct buf *problem)
{
	enum err e;

	*app = (struct app){.config = config};
	arena_init(&app->arena, APP_ARENA_MAX);
	app->nobody.net = S("local");
	app->cx = (struct ctx){.arena = &app->arena, .config = config, .caller = &app->nobody};
	e = open_parts(app, how, problem);
	if (e != OK) {
		if (problem->n == 0)
			buf_printf(problem, "can't start: %.*s",
				   STR_ARG(fault_sentence(&app->cx.fault, err_row(e))));
		app_close(app);
	}
	return e;
}

void
app_close(struct app *app)
{
	struct ctx *cx = &app->cx;

	geo_close(cx->geo);
	shared_close(cx->shared);
	if (cx->hasher)
		hasher_close(cx->hasher);
	if (cx->keys)
		keyring_free(cx->keys);
	if (cx->store)
		store_close(cx->store);
	if (cx->vault)
		vault_close(cx->vault);
	arena_release(&app->arena);
	*app = (struct app){0};
}
