/* The rows of config.def as a table, and the steps of reading by it. Private to config*.c. */
#ifndef BASE_CONFIG_KEY_H
#define BASE_CONFIG_KEY_H

#include "base/config.h"

enum config_kind {
	KIND_TEXT,
	KIND_SECRET,
	KIND_LIST,
	KIND_DURATION,
	KIND_SIZE,
	KIND_NUMBER,
	KIND_FLAG
};

enum config_id {
#define KEY(kind, section, name, fallback, help) ID_##section##_##name,
#define RANGE(section, name, least, most)
#define CHOICE(section, name, words)
#include "base/config.def"
#undef KEY
#undef RANGE
#undef CHOICE
	CONFIG_KEYS
};

struct config_key {
	enum config_kind kind;
	const char *section, *name, *fallback, *help;
	size_t at; /* of the member in struct config */
};

struct config_range {
	bool set;
	int64_t least, most; /* seconds for a DURATION */
};

extern const struct config_key config_keys[CONFIG_KEYS];
extern const struct config_range config_ranges[CONFIG_KEYS];
extern const char *const config_choices[CONFIG_KEYS]; /* NULL: any text */

struct config_reader {
	struct config *c;
	struct buf *problems, *warnings;
	size_t problem_count;
	const char *file;
	struct {
		int line;       /* in the file; 0: not there */
		bool plain_env; /* ALDGATE_SECTION_NAME is set */
		bool file_env;  /* ALDGATE_SECTION_NAME_FILE is set */
	} origin[CONFIG_KEYS];
};

/* One more line of *problems, which begins with where the key's value came from. */
void config_problem(struct config_reader *r, enum config_id id, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* Reads value, which must outlive the config, into the key's member; a problem when it is none. */
void config_set(struct config_reader *r, enum config_id id, struct str value);
/* Keys that must fit each other, shapes of addresses, and the members that follow from several
 * keys. */
void config_check(struct config_reader *r);
/* The part of it that is about the provider of KYC. */
void config_check_kyc(struct config_reader *r);
/* The members of a list: words that stand apart by spaces or commas, without a copy of them. */
struct str_list config_words(struct arena *a, struct str s);
void config_env_name(struct buf *out, const struct config_key *key);

#define CONFIG_AT(c, key, type) ((type *)(void *)((char *)(c) + (key)->at))
#define CONFIG_GET(c, key, type) (*(const type *)(const void *)((const char *)(c) + (key)->at))

#endif
