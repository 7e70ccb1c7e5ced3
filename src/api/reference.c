/* The pages that are one table each, and the list of all. */
#include "api/reference.h"

#include "base/config.h"
#include "domain/attempts.h"
#include "domain/mfa.h"
#include "domain/mfa_count.h"

static void
write_configuration(struct buf *out)
{
	buf_z(out,
	      "One INI file (`--config FILE` or `ALDGATE_CONFIG`); environment variables win over "
	      "it. Each variable has a twin with `_FILE` behind its name, which names a file that "
	      "holds the value. Durations: `90s 15m 24h 30d`; sizes: `10M`; members of a list "
	      "stand apart by spaces or commas. `aldgate check-config` prints what is in "
	      "force.\n\n");
	config_print_reference(out);
}

static void
write_errors(struct buf *out)
{
	buf_z(out,
	      "Every error is `application/problem+json` (RFC 9457): `type`, `title`, `status`, a "
	      "`detail` for people, a `code` that never changes, the `request_id`, and `errors` "
	      "with sentences by field where fields are wrong. On surface v1 the fields' sentences "
	      "also stand at the top level, and `invalid_token` is `token_not_valid`. 401 brings "
	      "`WWW-Authenticate`, 405 `Allow`, 429 and 503 `Retry-After`.\n\n"
	      "| status | code | detail, unless there is more to tell |\n| --- | --- | --- |\n");
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		const struct err_row *row = err_row((enum err)e);

		buf_printf(out, "| %d | `%s` | %s |\n", row->status, row->code, row->sentence);
	}
}

static void
write_rates(struct buf *out)
{
	size_t n;
	const struct surface *const *all = surfaces(&n);

	buf_z(out,
	      "## Requests by client address\n\n"
	      "An IPv6 client is its /64. Requests come back one by one over the time. Past the "
	      "limit: 429 with `Retry-After`; all scopes but `default` also tell `RateLimit` and "
	      "`RateLimit-Policy`.\n\n| scope | requests | in seconds | calls |\n"
	      "| --- | --- | --- | --- |\n");
	for (int scope = 0; scope < THROTTLE_NONE; scope++) {
		const struct throttle_row *row = throttle_row((enum throttle_scope)scope);
		int64_t calls = 0;

		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < all[i]->n; j++)
				calls += all[i]->routes[j].limit == (enum throttle_scope)scope;
		buf_printf(out, "| %s | %" PRId64 " | %" PRId64 " | %" PRId64 " |\n", row->name,
			   row->burst, row->window / SECOND, calls);
	}
}

struct count_row {
	const char *what, *key, *reaction, *end;
};

_Static_assert(GUESSES_FREE == 5 && GUESSES_NOTICE == 10 && GUESSES_MOST == 100, "said below");
_Static_assert(MFA_GUESSES_FREE == 10 && MFA_GUESSES_MOST == 100 && MFA_ATTEMPTS == 5, "there too");

static const char counts[] =
	"| count | by | reaction | ends with |\n| --- | --- | --- | --- |\n"
	"| wrong passwords | account (or unknown identifier) and client address | after the 5th in "
	"a "
	"row each next try waits: 1 s, doubling, at most 15 min (429) | the right password; a day "
	"of "
	"quiet |\n"
	"| wrong passwords, everywhere | account or unknown identifier | the owner gets a mail at "
	"10 in "
	"a row (once a day) and at 100; from then on only addresses that signed in within 30 days "
	"may "
	"try, each with a hundred of its own (elsewhere 429) | success from such an address, a "
	"password "
	"reset, an administrator; 30 days of quiet for an unknown identifier |\n"
	"| wrong second-factor codes | account, over all `mfa_token`s | the fifth ends its "
	"`mfa_token`; after the 10th in a row each next try waits as above, wherever from, and the "
	"owner gets a mail; at 100 codes of an authenticator or by SMS are refused | a right code; "
	"`user reset-2fa` |\n"
	"| wrong mailed codes | the code | at `challenge.max_attempts` it is dead, its link is not "
	"| – "
	"|\n"
	"| wrong mailed codes, over new ones | account and purpose | at 100 in a row codes of that "
	"purpose are refused, links are not | a link of that purpose, a reset by link, a sign-in "
	"by "
	"password |\n"
	"| mails that anybody may ask for | address and purpose | 5 in 10 minutes and 20 a day, "
	"then "
	"429; the last one sent stays good | time |\n"
	"| texts that anybody may ask for | phone and purpose; with a bearer token also the "
	"account | 3 in 10 minutes and 10 a day, then 429; the last one sent stays good | time |\n"
	"| second-factor codes by SMS | account | 3 in 10 minutes and 10 a day, then 429; the last "
	"one sent stays good | time |\n"
	"| submissions of papers | account | ten a day, and four uploads at once, then 429 | time "
	"|\n";

static void
write_throttles(struct buf *out)
{
	buf_z(out,
	      "`throttle.enabled = no` turns off the first table, the waits and the budgets of "
	      "messages; dead codes and the hundreds stay.\n\n");
	write_rates(out);
	buf_z(out, "\n## Failures by account\n\nKept in the store, so that a restart forgets none. "
		   "A guess is counted before it is looked at, and taken back when it was "
		   "right.\n\n");
	buf_z(out, counts);
}

static const struct page {
	const char *name, *title;
	void (*write)(struct buf *out);
} pages[] = {
	{"configuration", "Configuration", write_configuration},
	{"errors", "Errors", write_errors},
	{"throttles", "Throttles", write_throttles},
};

static const struct surface *
surface_of(struct str page)
{
	static const struct str prefix = {"api-", 4};

	return str_starts(page, prefix) ? surface_named(str_from(page, prefix.n), NULL) : NULL;
}

void
reference_names(struct buf *out)
{
	size_t n;
	const struct surface *const *all = surfaces(&n);

	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		buf_printf(out, "%s\n", pages[i].name);
	for (size_t i = 0; i < n; i++)
		if (surface_named(str_of(all[i]->name), NULL) == all[i])
			buf_printf(out, "api-%s\n", all[i]->name);
}

static void
write_title(struct str name, const char *title, struct buf *out)
{
	buf_printf(out,
		   "# %s\n\nMade by `./dev docs` (`aldgate reference %.*s`); edit the table in the "
		   "source instead.\n\n",
		   title, STR_ARG(name));
}

enum err
reference_write(struct str name, struct buf *out)
{
	const struct surface *s = surface_of(name);

	if (s) {
		write_title(name, s->title, out);
		reference_surface(s, out);
		return OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (!str_eq(str_of(pages[i].name), name))
			continue;
		write_title(name, pages[i].title, out);
		pages[i].write(out);
		return OK;
	}
	return ERR_NOT_FOUND;
}
