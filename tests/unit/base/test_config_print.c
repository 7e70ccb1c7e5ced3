/* What is printed can be read again and gives the same; secrets stay hidden. */
#include "row.h"

#include "base/config.h"
#include "base/config_key.h"

#include <unistd.h>

#define PATH "test_config_print.tmp.ini"

static void
read_ok(struct config *c, struct str file, const char *const *environ_)
{
	struct buf problems CLEANUP_BUF, warnings CLEANUP_BUF;

	buf_init(&problems, 1 << 16);
	buf_init(&warnings, 1 << 16);
	if (!str_absent(file)) {
		FILE *f = fopen(PATH, "we");

		assert_non_null(f);
		assert_int_equal(fwrite(file.p, 1, file.n, f), file.n);
		assert_int_equal(fclose(f), 0);
	}
	if (config_read(c, str_absent(file) ? NULL : PATH, (char **)(uintptr_t)environ_, &problems,
			&warnings) != OK)
		fail_row("%.*s", STR_ARG(buf_view(&problems)));
	unlink(PATH);
}

static bool
same_list(struct str_list a, struct str_list b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (!str_eq(a.v[i], b.v[i]))
			return false;
	return true;
}

static bool
same(const struct config *a, const struct config *b, const struct config_key *key)
{
	switch (key->kind) {
	case KIND_TEXT:
	case KIND_SECRET:
		return str_eq(CONFIG_GET(a, key, struct str), CONFIG_GET(b, key, struct str));
	case KIND_LIST:
		return same_list(CONFIG_GET(a, key, struct str_list),
				 CONFIG_GET(b, key, struct str_list));
	case KIND_FLAG:
		return CONFIG_GET(a, key, bool) == CONFIG_GET(b, key, bool);
	default:
		return CONFIG_GET(a, key, int64_t) == CONFIG_GET(b, key, int64_t);
	}
}

static void
reads_back(void **state)
{
	static const char *const changed[] = {"ALDGATE_SERVER_LISTEN=[::1]:1",
					      "ALDGATE_SERVER_PUBLIC_URL=https://a/b/",
					      "ALDGATE_SERVER_TRUSTED_PROXIES=10.0.0.0/8,::1",
					      "ALDGATE_MAIL_TEMPLATES=  spaces \"in\" and out ",
					      "ALDGATE_SMS_BODY=\"{text}\"",
					      "ALDGATE_SMS_CONTENT_TYPE=\"",
					      "ALDGATE_TOKEN_AUDIENCE=# not a comment",
					      "ALDGATE_TOKEN_ACCESS_TTL=90s",
					      "ALDGATE_TOKEN_REUSE_GRACE=0",
					      "ALDGATE_ACCOUNT_ERASE_AFTER=0",
					      "ALDGATE_RETENTION_AUDIT=1d",
					      "ALDGATE_RETENTION_LOGINS=",
					      "ALDGATE_KYC_MAX_FILE=1025",
					      "ALDGATE_KYC_PROVIDER=Onfido",
					      "ALDGATE_TOKEN_ROTATE=0",
					      "ALDGATE_ROLES_NAMES=admin,x",
					      "ALDGATE_ROLES_SELF_ASSIGNABLE=",
					      "ALDGATE_ROLES_DEFAULT=x",
					      "ALDGATE_DATABASE_URL=sqlite:x?y=z",
					      NULL};
	static const char *const *const rows[] = {NULL, changed};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config a, b;
		struct buf text CLEANUP_BUF;

		buf_init(&text, 1 << 16);
		read_ok(&a, STR_NONE, rows[i]);
		config_print(&a, &text);
		read_ok(&b, buf_view(&text), NULL);
		for (size_t k = 0; k < CONFIG_KEYS; k++)
			if (!same(&a, &b, &config_keys[k]))
				fail_row("%s.%s differs", config_keys[k].section,
					 config_keys[k].name);
		assert_str(a.database_path, b.database_path);
		config_release(&a);
		config_release(&b);
	}
}

static void
masks(void **state)
{
	static const struct {
		const char *variable;
		const char *want; /* a line */
	} rows[] = {
		{"ALDGATE_KEYS_MASTER_KEY=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U",
		 "\nmaster_key = ********\n"},
		{"ALDGATE_SMS_HEADER=Authorization: secret", "\nheader = ********\n"},
		{"ALDGATE_MAIL_URL=smtp://user:secret@host:25",
		 "\nurl = smtp://user:********@host:25\n"},
		{"ALDGATE_MAIL_URL=smtp://user@host:25", "\nurl = smtp://user@host:25\n"},
		{"ALDGATE_SMS_URL=https://host/a?to=1&api_key=secret&x=2",
		 "\nurl = https://host/a?to=1&api_key=********&x=2\n"},
		{"ALDGATE_DATABASE_URL=postgresql://u:secret@h/db?password=secret&sslmode=require",
		 "\nurl = postgresql://u:********@h/db?password=********&sslmode=require\n"},
		{"ALDGATE_DATABASE_URL=postgresql://u:se/c:r@secret@h/db",
		 "\nurl = postgresql://u:********@h/db\n"},
		{"ALDGATE_DATABASE_URL=postgresql://h/db", "\nurl = postgresql://h/db\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *environ_[] = {rows[i].variable, NULL};
		struct config c;
		struct buf text CLEANUP_BUF;

		buf_init(&text, 1 << 16);
		read_ok(&c, STR_NONE, environ_);
		config_print(&c, &text);
		if (!str_has(buf_view(&text), str_of(rows[i].want)))
			fail_row("%s gave\n%.*s", rows[i].variable, STR_ARG(buf_view(&text)));
		assert_false(str_has(buf_view(&text), S("secret@")));
		config_release(&c);
	}
}

static void
reference(void **state)
{
	struct buf text CLEANUP_BUF;
	struct str all;

	buf_init(&text, 1 << 16);
	config_print_reference(&text);
	all = buf_view(&text);
	assert_true(str_starts(all, S("## server\n\n| key | variable |")));
	assert_true(str_has(
		all, S("| `server.listen` | `ALDGATE_SERVER_LISTEN` | text | "
		       "`127.0.0.1:8080` | address and port, [IPv6]:port, or unix:/path |\n")));
	assert_true(str_has(all, S("| duration 1s to 1d | `15m` |")));
	assert_true(str_has(all, S("| size 1K to 100M | `10M` |")));
	assert_true(str_has(all, S("| number 0 to 64 | `0` |")));
	assert_true(str_has(all, S("| one of `logfmt json` | `logfmt` |")));
	assert_true(str_has(all, S("| yes or no | `yes` |")));
	assert_true(str_has(all, S("| – |")));
	for (size_t k = 0; k < CONFIG_KEYS; k++)
		assert_true(config_keys[k].help[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),
		cmocka_unit_test(masks),
		cmocka_unit_test(reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
