/* The same start for what is made with a key: a vault whose master key is always the same. */
#ifndef TESTS_FUZZ_VAULT_H
#define TESTS_FUZZ_VAULT_H

#include "fuzz.h"

#include "crypto/vault.h"

static inline struct ctx *
fuzz_start_with_vault(void)
{
	static char key[] = "ALDGATE_KEYS_MASTER_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
	static char *environ_[] = {key, NULL};
	static struct vault *vault;
	struct ctx *cx = fuzz_start(environ_);
	struct buf problem;

	if (vault == NULL) {
		buf_init(&problem, FUZZ_TEXT);
		require(vault_open(cx->config, false, &vault, &problem) == OK);
		buf_release(&problem);
	}
	cx->vault = vault;
	return cx;
}

#endif
