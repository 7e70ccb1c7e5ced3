/*
 * What the configuration says about the provider of KYC. Its secrets are decoded here, so that one
 * that can't be right ends the start with its line, and not each callback with a 401; the papers
 * of people leave for its address, so that must be one that nobody on the way can read.
 */
#include "base/config_key.h"
#include "base/config_url.h"
#include "base/enc.h"

#define SECRETS_MOST 8
#define STANDARD_LEAST 24 /* bytes, as Standard Webhooks asks for */
#define STANDARD_MOST 64
#define VENDOR_LEAST 16
#define VENDOR_MOST 256

/* whsec_ and base64; the key is what that says. */
static bool
standard_key(struct arena *a, struct str word, struct secret *out)
{
	size_t n = STANDARD_MOST;
	char *key = arena_alloc(a, n);

	if (!str_starts(word, S("whsec_")) || !base64_decode(str_from(word, 6), key, &n))
		return false;
	*out = (struct secret){key, n};
	return n >= STANDARD_LEAST;
}

static void
check_secret(struct config_reader *r, struct str word, struct secret *out)
{
	if (str_absent(r->c->kyc_provider)) {
		if (!standard_key(&r->c->arena, word, out))
			config_problem(r, ID_kyc_webhook_secrets,
				       "must be whsec_ and 24 to 64 bytes as base64, each of them");
		return;
	}
	*out = secret_of(word);
	if (word.n < VENDOR_LEAST || word.n > VENDOR_MOST)
		config_problem(r, ID_kyc_webhook_secrets,
			       "must have 16 to 256 characters, each of them");
}

static void
check_secrets(struct config_reader *r)
{
	struct config *c = r->c;
	struct str all = {c->kyc_webhook_secrets.p, c->kyc_webhook_secrets.n};
	struct str_list words = config_words(&c->arena, all);
	struct secret *keys = arena_array(&c->arena, struct secret, words.n);
	size_t problems = r->problem_count;

	if (words.n > SECRETS_MOST)
		config_problem(r, ID_kyc_webhook_secrets, "must be at most 8");
	for (size_t i = 0; i < words.n && r->problem_count == problems; i++)
		check_secret(r, words.v[i], &keys[i]);
	c->kyc_webhook_keys = (struct secret_list){keys, words.n};
}

void
config_check_kyc(struct config_reader *r)
{
	struct config *c = r->c;

	check_secrets(r);
	if (str_absent(c->kyc_provider_url))
		return;
	if (!url_is_guarded(c->kyc_provider_url))
		config_problem(r, ID_kyc_provider_url,
			       "must be https://host[:port][/path], or http:// to this machine");
	else if (c->kyc_webhook_keys.n == 0)
		config_problem(r, ID_kyc_provider_url,
			       "needs kyc.webhook_secrets, whose first one signs what is sent");
}
