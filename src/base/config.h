/*
 * The configuration: defaults, then one INI file, then the environment (ALDGATE_SECTION_NAME, and
 * ALDGATE_SECTION_NAME_FILE for a value that stands in a file). The keys are in config.def.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"

/* Keys of a MAC, as bytes. */
struct secret_list {
	const struct secret *v;
	size_t n;
};

#define CONFIG_MEMBER_TEXT struct str
#define CONFIG_MEMBER_SECRET struct secret
#define CONFIG_MEMBER_LIST struct str_list
#define CONFIG_MEMBER_DURATION int64_t /* microseconds; 0 when empty */
#define CONFIG_MEMBER_SIZE int64_t     /* bytes */
#define CONFIG_MEMBER_NUMBER int64_t
#define CONFIG_MEMBER_FLAG bool

struct config {
	struct arena arena; /* owns every value */
#define KEY(kind, section, name, fallback, help) CONFIG_MEMBER_##kind section##_##name;
#define RANGE(section, name, least, most)
#define CHOICE(section, name, words)
#include "base/config.def"
#undef KEY
#undef RANGE
#undef CHOICE
	/* What follows from several keys. */
	struct str token_audience_effective; /* token.audience, else public_url */
	struct str database_path;            /* of the embedded store; absent on PostgreSQL */
	struct str role_default_effective;   /* roles.default in upper case */
	struct ip_block *proxy_blocks;       /* of server.trusted_proxies */
	size_t proxy_blocks_n;
	bool proxy_unix; /* and whether "unix" is one of them */
	struct secret_list
		kyc_webhook_keys; /* of kyc.webhook_secrets; none: the webhook is closed */
};

/*
 * Reads all of it. file: NULL for none. environ_: "NAME=value" strings, NULL-terminated. On failure
 * *problems holds one line a problem ("aldgate.ini:12: unknown key …"), and the result is
 * ERR_INVALID; warnings (an unknown ALDGATE_ variable) go into *warnings either way. public_url
 * loses a trailing slash.
 */
MUST_CHECK enum err config_read(struct config *out, const char *file, char **environ_,
				struct buf *problems, struct buf *warnings);
void config_release(struct config *c);
/* The effective values as an INI text, secrets as "********" (and the password inside a URL
 * masked). */
void config_print(const struct config *c, struct buf *out);
/* docs/configuration.md's table. */
void config_print_reference(struct buf *out);

/* "90s 15m 24h 30d", or plain digits as seconds; "" is 0. */
bool duration_parse(struct str s, int64_t *us);
/* "10M", K M G as powers of 1024, or plain bytes. */
bool size_parse(struct str s, int64_t *bytes);
bool list_has(struct str_list list, struct str word); /* ASCII case ignored */

#endif
