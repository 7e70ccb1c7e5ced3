/*
 * Guessing is stopped here, by counts that survive a restart. A guess is counted before its hash is
 * computed and taken back when it was right: so no race and no crash gives free guesses. The waits
 * (which throttle.enabled=no turns off) bind an account to an address, so that a stranger can't
 * lock the owner out; the hundred in a row (NIST SP 800-63B-4) binds the account wherever from.
 */
#include "domain/attempts.h"

#include "base/clock.h"
#include "base/config.h"
#include "crypto/vault.h"
#include "domain/caller.h"
#include "store/count.h"
#include "store/store.h"

#define WAIT_MOST (15 * MINUTE)
#define PAIR_QUIET DAY
#define IDENTIFIER_QUIET (30 * DAY)
#define PLACE_LIFE (30 * DAY)
#define STOPPED_RETRY HOUR

static const struct str pair_kind = {"password_pair", 13};
static const struct str account_kind = {"password_account", 16};
static const struct str place_kind = {"place", 5};
static const struct str notice_kind = {"password_notice", 15};

void
guesser_init(struct ctx *cx, const struct uuid *user, struct str identifier, struct guesser *out)
{
	struct str who = user ? (struct str){(const char *)user->b, sizeof user->b}
			      : str_lower(cx->arena, str_trim(identifier));
	struct str account[] = {user ? S("user") : S("identifier"), who};
	struct str pair[] = {account[0], who, cx->caller->net};

	out->has_account = user != NULL;
	vault_mac_parts(cx->vault, VAULT_COUNT, account, ARRAY_LEN(account), out->account);
	vault_mac_parts(cx->vault, VAULT_COUNT, pair, ARRAY_LEN(pair), out->pair);
	memcpy(out->place, out->account, 16);
	memcpy(out->place + 16, out->pair, 16);
}

int64_t
guess_wait(int64_t failures, int64_t free_ones)
{
	int64_t over = failures - free_ones;

	if (over < 0)
		return 0;
	if (over >= 10)
		return WAIT_MOST;
	return (SECOND << over) < WAIT_MOST ? SECOND << over : WAIT_MOST;
}

static bool
place_known(const struct count *place, int64_t now)
{
	return place->last_at && now - place->last_at < PLACE_LIFE;
}

struct begin {
	struct guesser *g;
	int64_t now, wait; /* wait: microseconds to refuse for, 0: counted */
	struct count pair, account;
	struct count place; /* its failures: those made while all other places are refused */
};

static int64_t
refusal(const struct ctx *cx, const struct begin *b)
{
	int64_t wait = 0;

	if (b->account.failures >= GUESSES_MOST &&
	    (!place_known(&b->place, b->now) || b->place.failures >= GUESSES_MOST))
		wait = STOPPED_RETRY;
	if (cx->config->throttle_enabled && b->pair.wait_until - b->now > wait)
		wait = b->pair.wait_until - b->now;
	return wait;
}

static enum err
count_guess(struct ctx *cx, struct begin *b)
{
	bool over = b->account.failures >= GUESSES_MOST;

	b->pair.failures++;
	b->pair.last_at = b->now;
	b->pair.wait_until = b->now + guess_wait(b->pair.failures, GUESSES_FREE);
	b->account.failures++;
	b->account.last_at = b->now;
	TRY(count_set(cx, pair_kind, b->g->pair, &b->pair));
	b->place.failures += over;
	if (over)
		TRY(count_set(cx, place_kind, b->g->place, &b->place));
	return count_set(cx, account_kind, b->g->account, &b->account);
}

static enum err
begin(struct ctx *cx, void *arg)
{
	struct begin *b = arg;

	TRY(count_get(cx, pair_kind, b->g->pair, &b->pair));
	TRY(count_get(cx, account_kind, b->g->account, &b->account));
	TRY(count_get(cx, place_kind, b->g->place, &b->place));
	if (b->now - b->pair.last_at >= PAIR_QUIET)
		b->pair = (struct count){0};
	if (!b->g->has_account && b->now - b->account.last_at >= IDENTIFIER_QUIET)
		b->account = (struct count){0};
	b->wait = refusal(cx, b);
	if (b->wait)
		return OK;
	TRY(count_guess(cx, b));
	b->g->nth = b->account.failures;
	return OK;
}

enum err
attempt_begin(struct ctx *cx, struct guesser *g)
{
	struct begin b = {.g = g, .now = clock_now()};

	TRY(store_write(cx, begin, &b));
	return b.wait ? fail_retry(cx, ERR_THROTTLED, b.wait) : OK;
}

/* What others have counted since goes on to bind. */
static enum err
take_back(struct ctx *cx, struct str kind, const uint8_t key[static 32])
{
	struct count c;

	TRY(count_get(cx, kind, key, &c));
	if (c.failures <= 1)
		return count_clear(cx, kind, key);
	c.failures--;
	if (c.wait_until)
		c.wait_until = c.last_at + guess_wait(c.failures, GUESSES_FREE);
	return count_set(cx, kind, key, &c);
}

/* A place keeps its time, which is that of the sign-in. */
static enum err
place_forgive(struct ctx *cx, const struct guesser *g, struct count *place, int64_t failures)
{
	if (place->failures == 0)
		return OK;
	place->failures = failures < place->failures ? place->failures - failures : 0;
	return count_set(cx, place_kind, g->place, place);
}

static enum err
cancel(struct ctx *cx, void *arg)
{
	const struct guesser *g = arg;
	struct count place;

	TRY(take_back(cx, pair_kind, g->pair));
	if (g->nth > GUESSES_MOST) {
		TRY(count_get(cx, place_kind, g->place, &place));
		TRY(place_forgive(cx, g, &place, 1));
	}
	return take_back(cx, account_kind, g->account);
}

void
attempt_cancel(struct ctx *cx, const struct guesser *g)
{
	struct guesser copy = *g;
	struct fault kept = cx->fault;

	(void)!store_write(cx, cancel, &copy);
	cx->fault = kept;
}

enum err
attempt_succeeded(struct ctx *cx, const struct guesser *g, int64_t now)
{
	struct count place;

	TRY(count_clear(cx, pair_kind, g->pair));
	TRY(count_get(cx, place_kind, g->place, &place));
	if (!place_known(&place, now))
		return take_back(cx, account_kind, g->account);
	TRY(place_forgive(cx, g, &place, GUESSES_MOST));
	return count_clear(cx, account_kind, g->account);
}

enum err
attempt_note_place(struct ctx *cx, const struct guesser *g, int64_t now)
{
	struct count place = {.last_at = now};

	return count_set(cx, place_kind, g->place, &place);
}

enum err
attempt_notice_due(struct ctx *cx, const struct guesser *g, int64_t now, int64_t *count)
{
	struct count notice;

	*count = g->nth == GUESSES_MOST ? g->nth : 0;
	if (*count || g->nth < GUESSES_NOTICE)
		return OK;
	TRY(count_get(cx, notice_kind, g->account, &notice));
	if (notice.last_at && now - notice.last_at < DAY)
		return OK;
	notice = (struct count){.failures = 1, .last_at = now};
	TRY(count_set(cx, notice_kind, g->account, &notice));
	*count = g->nth;
	return OK;
}

static void
code_key(struct ctx *cx, struct str purpose, const struct uuid *user, uint8_t key[static 32])
{
	struct str parts[] = {S("code"), purpose, {(const char *)user->b, sizeof user->b}};

	vault_mac_parts(cx->vault, VAULT_COUNT, parts, ARRAY_LEN(parts), key);
}

enum err
code_attempt(struct ctx *cx, struct str purpose, const struct uuid *user, int64_t now)
{
	struct count c;
	uint8_t key[32];

	code_key(cx, purpose, user, key);
	TRY(count_get(cx, S("code"), key, &c));
	if (c.failures >= GUESSES_MOST)
		return ERR_INVALID_CODE;
	c.failures++;
	c.last_at = now;
	return count_set(cx, S("code"), key, &c);
}

enum err
code_attempts_clear(struct ctx *cx, struct str purpose, const struct uuid *user)
{
	uint8_t key[32];

	code_key(cx, purpose, user, key);
	return count_clear(cx, S("code"), key);
}

struct str
account_budget(const struct uuid *user)
{
	return (struct str){(const char *)user->b, sizeof(user->b)};
}

/* A window that opens with its first message: wait_until is its end. */
struct budget {
	const char *kind;
	int64_t most, window;
};

#define BUDGETS 2

static const struct budget mails[BUDGETS] = {{"mail_10m", 5, 10 * MINUTE}, {"mail_day", 20, DAY}};
static const struct budget texts[BUDGETS] = {{"sms_10m", 3, 10 * MINUTE}, {"sms_day", 10, DAY}};

static enum err
budget_take(struct ctx *cx, const struct budget budgets[static BUDGETS], const char *kind,
	    struct str destination, int64_t now)
{
	struct str parts[] = {S("message"), str_of(kind), destination};
	struct count c[BUDGETS];
	uint8_t key[32];

	if (!cx->config->throttle_enabled)
		return OK;
	vault_mac_parts(cx->vault, VAULT_COUNT, parts, ARRAY_LEN(parts), key);
	for (size_t i = 0; i < BUDGETS; i++) {
		TRY(count_get(cx, str_of(budgets[i].kind), key, &c[i]));
		if (now >= c[i].wait_until)
			c[i] = (struct count){.wait_until = now + budgets[i].window};
		if (c[i].failures >= budgets[i].most)
			return fail_retry(cx, ERR_THROTTLED, c[i].wait_until - now);
	}
	for (size_t i = 0; i < BUDGETS; i++) {
		c[i].failures++;
		c[i].last_at = now;
		TRY(count_set(cx, str_of(budgets[i].kind), key, &c[i]));
	}
	return OK;
}

enum err
message_budget_take(struct ctx *cx, const char *kind, struct str destination, int64_t now)
{
	return budget_take(cx, mails, kind, destination, now);
}

enum err
sms_budget_take(struct ctx *cx, const char *kind, struct str destination, int64_t now)
{
	return budget_take(cx, texts, kind, destination, now);
}

static const struct str code_purposes[] = {
	{"verify_email", 12}, {"reset_password", 14}, {"login", 5},
	{"verify_phone", 12}, {"change_email", 12},
};

enum err
code_attempts_clear_all(struct ctx *cx, const struct uuid *user)
{
	for (size_t i = 0; i < ARRAY_LEN(code_purposes); i++)
		TRY(code_attempts_clear(cx, code_purposes[i], user));
	return OK;
}

enum err
password_attempts_clear(struct ctx *cx, const struct uuid *user)
{
	struct guesser g;

	guesser_init(cx, user, STR_NONE, &g);
	return count_clear(cx, account_kind, g.account);
}

enum err
attempts_clear(struct ctx *cx, const struct uuid *user)
{
	TRY(password_attempts_clear(cx, user));
	return code_attempts_clear_all(cx, user);
}

enum err
attempts_forget(struct ctx *cx, const struct uuid *user)
{
	struct guesser g;

	guesser_init(cx, user, STR_NONE, &g);
	TRY(count_clear_prefix(cx, place_kind, g.account));
	return attempts_clear(cx, user);
}
