/* Reading the configuration: sources, kinds, and what is told about mistakes. */
#include "row.h"

#include "base/config.h"

#include <unistd.h>

#define PATH "test_config.tmp.ini"
#define VALUE_PATH "test_config.tmp.value"
#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

struct reading {
	enum err result;
	struct config c;
	struct buf problems, warnings;
};

static void
write_file(const char *path, struct str text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

static void
read_it(struct reading *r, struct str file, const char *const *environ_)
{
	*r = (struct reading){0};
	buf_init(&r->problems, 1 << 16);
	buf_init(&r->warnings, 1 << 16);
	if (!str_absent(file))
		write_file(PATH, file);
	r->result = config_read(&r->c, str_absent(file) ? NULL : PATH, (char **)(uintptr_t)environ_,
				&r->problems, &r->warnings);
}

static void
done(struct reading *r)
{
	config_release(&r->c);
	buf_release(&r->problems);
	buf_release(&r->warnings);
	unlink(PATH);
	unlink(VALUE_PATH);
}

static void
defaults(void **state)
{
	struct reading r;

	read_it(&r, STR_NONE, NULL);
	assert_int_equal(r.result, OK);
	assert_str(r.c.server_listen, S("127.0.0.1:8080"));
	assert_str(r.c.token_audience_effective, S("http://127.0.0.1:8080"));
	assert_str(r.c.database_path, S("./aldgate-data/aldgate.db"));
	assert_str(r.c.role_default_effective, S("CUSTOMER"));
	assert_true(r.c.token_access_ttl == 15 * MINUTE);
	assert_true(r.c.token_refresh_ttl == 90 * DAY);
	assert_true(r.c.token_rotate);
	assert_false(r.c.privacy_hide_existing_accounts);
	assert_true(r.c.kyc_max_file == 10 << 20);
	assert_true(r.c.password_argon2_memory_kib == 19456);
	assert_true(r.c.retention_audit == 0);
	assert_int_equal(r.c.roles_names.n, 4);
	assert_int_equal(r.c.server_cors_origins.n, 0);
	assert_true(str_absent(r.c.tls_cert));
	assert_null(r.c.keys_master_key.p);
	done(&r);
}

static void
sources(void **state)
{
	const char *environ_[] = {
		"PATH=/bin", "ALDGATE_SERVER_LISTEN=0.0.0.0:90",
		"ALDGATE_TOKEN_AUDIENCE=", "ALDGATE_DATABASE_URL=sqlite:/tmp/x.db", NULL};
	struct reading r;

	read_it(&r,
		S("# mine\n[server]\nlisten = 1.2.3.4:80\npublic_url = https://id.example/auth/\n"
		  "[token]\naudience = me\nrotate = off\n[sms]\nbody = \" x \"\n"
		  "[roles]\nnames=admin, editor,Reader\nself_assignable=editor\ndefault=reader\n"
		  "[mfa]\nrequired_roles = admin\n"),
		environ_);
	assert_str(buf_view(&r.problems), S(""));
	assert_int_equal(r.result, OK);
	assert_str(r.c.server_listen, S("0.0.0.0:90"));
	assert_str(r.c.server_public_url, S("https://id.example/auth"));
	assert_true(str_absent(r.c.token_audience));
	assert_str(r.c.token_audience_effective, S("https://id.example/auth"));
	assert_str(r.c.database_path, S("/tmp/x.db"));
	assert_false(r.c.token_rotate);
	assert_str(r.c.sms_body, S(" x "));
	assert_int_equal(r.c.roles_names.n, 3);
	assert_str(r.c.roles_names.v[1], S("EDITOR"));
	assert_str(r.c.mfa_required_roles.v[0], S("ADMIN"));
	assert_str(r.c.role_default_effective, S("READER"));
	done(&r);
}

/* The webhook's secrets become keys: decoded for Standard Webhooks, as they stand for a vendor. */
static void
webhook_keys(void **state)
{
	static const struct {
		const char *file;
		size_t keys, first; /* bytes of the first one */
	} rows[] = {
		{"[kyc]\n", 0, 0},
		{"[kyc]\nwebhook_secrets =\n", 0, 0},
		{"[kyc]\nwebhook_secrets = \" \"\n", 0, 0},
		{"[kyc]\nwebhook_secrets = " WHSEC "\n", 1, 24},
		{"[kyc]\nwebhook_secrets = " WHSEC ", " WHSEC "\n", 2, 24},
		{"[kyc]\nprovider = persona\nwebhook_secrets = " WHSEC "\n", 1, sizeof(WHSEC) - 1},
		{"[kyc]\nwebhook_secrets = " WHSEC
		 "\nprovider_url = https://k.example:8443/a?b=c\n",
		 1, 24},
		{"[kyc]\nwebhook_secrets = " WHSEC "\nprovider_url = http://[::1]:8443\n", 1, 24},
		{"[kyc]\nwebhook_secrets = " WHSEC "\nprovider_url = http://localhost:80/\n", 1,
		 24},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reading r;

		read_it(&r, str_of(rows[i].file), NULL);
		if (r.result != OK || r.c.kyc_webhook_keys.n != rows[i].keys ||
		    (rows[i].keys && r.c.kyc_webhook_keys.v[0].n != rows[i].first))
			fail_row("%s\n%.*s", rows[i].file, STR_ARG(buf_view(&r.problems)));
		done(&r);
	}
}

static void
value_files(void **state)
{
	static const struct {
		struct str text, want;
	} rows[] = {
		{S("0123456789abcdef0123456789abcdef\n"), S("0123456789abcdef0123456789abcdef")},
		{S("0123456789abcdef0123456789abcdef\r\n"), S("0123456789abcdef0123456789abcdef")},
		{S("0123456789abcdef0123456789abcdef\n\n"),
		 S("0123456789abcdef0123456789abcdef\n")},
		{S(" 0123456789abcdef0123456789abcde"), S(" 0123456789abcdef0123456789abcde")},
	};
	const char *environ_[] = {"ALDGATE_TOKEN_HS256_SECRET_FILE=" VALUE_PATH,
				  "ALDGATE_TOKEN_ALG=hs256", NULL};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reading r;

		write_file(VALUE_PATH, rows[i].text);
		read_it(&r, STR_NONE, environ_);
		assert_int_equal(r.result, OK);
		assert_str(r.c.token_alg, S("HS256"));
		assert_str(((struct str){r.c.token_hs256_secret.p, r.c.token_hs256_secret.n}),
			   rows[i].want);
		done(&r);
	}
}

static void
large_files(void **state)
{
	static char large[(1 << 20) + 1];
	const char *environ_[] = {"ALDGATE_SMS_BODY_FILE=" VALUE_PATH, NULL};
	struct reading r;

	memset(large, '\n', sizeof(large));
	write_file(VALUE_PATH, (struct str){large, (64 << 10) + 1});
	read_it(&r, (struct str){large, sizeof(large)}, environ_);
	assert_int_equal(r.result, ERR_INVALID);
	assert_str(buf_view(&r.problems),
		   S(PATH
		     ": too large\n"
		     "ALDGATE_SMS_BODY_FILE: sms.body can't be read from its file: too large\n"));
	done(&r);
	read_it(&r, (struct str){large, sizeof(large) - 1}, NULL);
	assert_int_equal(r.result, OK);
	done(&r);
}

static void
warnings(void **state)
{
	const char *environ_[] = {"ALDGATE_SERVER_LISTN=x",
				  "ALDGATE_CONFIG=x",
				  "ALDGATE_BIN=x",
				  "ALDGATE_TEST_PG=x",
				  "ALDGATER=x",
				  "ALDGATE_KYC_MAX_FILE=1K",
				  "ALDGATE_SERVER_LISTEN_FIL=x",
				  NULL};
	struct reading r;

	read_it(&r, STR_NONE, environ_);
	assert_int_equal(r.result, OK);
	assert_str(buf_view(&r.warnings), S("ALDGATE_SERVER_LISTN: unknown variable\n"
					    "ALDGATE_SERVER_LISTEN_FIL: unknown variable\n"));
	assert_true(r.c.kyc_max_file == 1024);
	done(&r);
}

/* Each text and the one line that it must give. */
static void
mistakes_in_files(void **state)
{
	static const struct {
		struct str file;
		const char *want; /* begins the line */
	} rows[] = {
		{S("[server]\nlisten"), ":2: neither"},
		{S("[server]\nlistn = x"), ":2: unknown key server.listn"},
		{S("[sever]\nlisten = x"), ":2: unknown key sever.listen"},
		{S("[Server]\nlisten = 127.0.0.1:80"), ":2: unknown key Server.listen"},
		{S("[server]\nthreads = 1\n[x]\n[server]\nthreads=2"),
		 ":5: server.threads is set twice, first in line 2"},
		{S("[server]\nlisten = x"), ":2: server.listen must be host:port"},
		{S("[server]\nlisten ="), ":2: server.listen must be host:port"},
		{S("[server]\nthreads = 65"), ":2: server.threads must be from 0 to 64"},
		{S("[server]\nthreads = many"), ":2: server.threads must be a whole number"},
		{S("[server]\nthreads ="), ":2: server.threads must be a whole number"},
		{S("[server]\npublic_url = id.example"),
		 ":2: server.public_url must be http(s)://"},
		{S("[server]\npublic_url = https://a/?x"),
		 ":2: server.public_url must be http(s)://"},
		{S("[server]\npublic_url = https://u@a/"),
		 ":2: server.public_url must be http(s)://"},
		{S("[server]\ndata_dir = \"\""), ":2: server.data_dir must not be empty"},
		{S("[server]\ntrusted_proxies = ::1 10.0.0.0/33"),
		 ":2: server.trusted_proxies has \"10.0.0.0/33\""},
		{S("[server]\ncors_origins = https://a/"),
		 ":2: server.cors_origins has \"https://a/\""},
		{S("[database]\nurl = mysql://x"), ":2: database.url must be"},
		{S("[database]\nurl = sqlite:"), ":2: database.url must be"},
		{S("[mail]\nurl = http://x"), ":2: mail.url must be"},
		{S("[mail]\nfrom = nobody"), ":2: mail.from must be"},
		{S("[sms]\nurl = smtp://x"), ":2: sms.url must be"},
		{S("[sms]\nheader = Token"), ":2: sms.header must be Name: value"},
		{S("[token]\nalg = none"), ":2: token.alg must be one of: ES256 EdDSA RS256 HS256"},
		{S("[token]\nalg = HS256"), "token.hs256_secret must have at least 32 bytes"},
		{S("[token]\naccess_ttl = 15 m"), ":2: token.access_ttl must be a duration"},
		{S("[token]\naccess_ttl ="),
		 ":2: token.access_ttl must be from 1 to 86400 seconds"},
		{S("[token]\naccess_ttl = 25h"), ":2: token.access_ttl must be from 1"},
		{S("[token]\nrotate = maybe"), ":2: token.rotate must be yes or no"},
		{S("[links]\nundo = https://a/x"), ":2: links.undo must be"},
		{S("[links]\nundo = myapp:{token}"), ":2: links.undo must be"},
		{S("[tls]\ncert = a.pem"), ":2: tls.cert needs its fellow"},
		{S("[tls]\nkey = a.pem"), ":2: tls.key needs its fellow"},
		{S("[keys]\nmaster_key = c2hvcnQ"), ":2: keys.master_key must be 32 bytes"},
		{S("[kyc]\nmax_file = 10X"), ":2: kyc.max_file must be a size"},
		{S("[kyc]\nprovider = other"), ":2: kyc.provider must be one of: sumsub"},
		{S("[kyc]\nwebhook_secrets = c2hvcnQ="), ":2: kyc.webhook_secrets must be whsec_"},
		{S("[kyc]\nwebhook_secrets = whsec_"), ":2: kyc.webhook_secrets must be whsec_"},
		{S("[kyc]\nwebhook_secrets = whsec_c2hvcnQ="),
		 ":2: kyc.webhook_secrets must be whsec_"},
		{S("[kyc]\nwebhook_secrets = " WHSEC " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-"),
		 ":2: kyc.webhook_secrets must be whsec_"},
		{S("[kyc]\nwebhook_secrets = " WHSEC WHSEC), ":2: kyc.webhook_secrets must be"},
		{S("[kyc]\nwebhook_secrets = " WHSEC " " WHSEC " " WHSEC " " WHSEC " " WHSEC
		   " " WHSEC " " WHSEC " " WHSEC " " WHSEC),
		 ":2: kyc.webhook_secrets must be at most 8"},
		{S("[kyc]\nprovider = sumsub\nwebhook_secrets = short"),
		 ":3: kyc.webhook_secrets must have 16 to 256"},
		{S("[kyc]\nwebhook_secrets = " WHSEC "\nprovider_url = http://kyc.example/"),
		 ":3: kyc.provider_url must be https://"},
		{S("[kyc]\nwebhook_secrets = " WHSEC "\nprovider_url = http://127.1/"),
		 ":3: kyc.provider_url must be https://"},
		{S("[kyc]\nwebhook_secrets = " WHSEC "\nprovider_url = https://u:p@kyc.example/"),
		 ":3: kyc.provider_url must be https://"},
		{S("[kyc]\nprovider_url = https://kyc.example/"),
		 ":2: kyc.provider_url needs kyc.webhook_secrets"},
		{S("[roles]\nself_assignable = CUSTOMER ADMIN"),
		 ":2: roles.self_assignable must not"},
		{S("[roles]\nself_assignable = GUEST"), ":2: roles.self_assignable has GUEST"},
		{S("[roles]\ndefault = GUEST"), ":2: roles.default must be one of roles.names"},
		{S("[roles]\nnames = CUSTOMER SELLER"), ":2: roles.names must have ADMIN"},
		{S("[roles]\nnames = CUSTOMER SELLER ADMIN 9"), ":2: roles.names has \"9\""},
		{S("[mfa]\nrequired_roles = GUEST"), ":2: mfa.required_roles has GUEST"},
		{S("[surfaces]\nenabled = v1 v2"), ":2: surfaces.enabled has \"v2\""},
		{S("[mail]\ntemplates = a\x1B"),
		 ":2: mail.templates must be UTF-8 without control"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reading r;
		struct str got;

		read_it(&r, rows[i].file, NULL);
		got = buf_view(&r.problems);
		if (str_starts(got, S(PATH)))
			got = str_from(got, sizeof(PATH) - 1);
		if (r.result != ERR_INVALID || !str_starts(got, str_of(rows[i].want)) ||
		    str_find(got, '\n') != (ptrdiff_t)got.n - 1)
			fail_row("%.*s\ngave: %.*s", STR_ARG(rows[i].file), STR_ARG(got));
		done(&r);
	}
}

static void
mistakes_in_the_environment(void **state)
{
	const char *environ_[] = {"ALDGATE_SERVER_THREADS=x",
				  "ALDGATE_MAIL_URL=ftp://hidden",
				  "ALDGATE_TLS_KEY_FILE=/nonexistent/key",
				  "ALDGATE_SMS_BODY=a",
				  "ALDGATE_SMS_BODY_FILE=" VALUE_PATH,
				  NULL};
	struct reading r;

	write_file(VALUE_PATH, S("b"));
	read_it(&r, S("[server]\nthreads = 2\n"), environ_);
	assert_int_equal(r.result, ERR_INVALID);
	assert_str(buf_view(&r.problems),
		   S("ALDGATE_SERVER_THREADS: server.threads must be a whole number\n"
		     "ALDGATE_TLS_KEY_FILE: tls.key can't be read from its file: No such file or "
		     "directory\n"
		     "ALDGATE_SMS_BODY: sms.body is given here and by its _FILE variable\n"
		     "ALDGATE_MAIL_URL: mail.url must be console:, "
		     "smtp://[user:password@]host:port or "
		     "smtps://…\n"));
	done(&r);
}

static void
all_mistakes_at_once(void **state)
{
	struct reading r;

	read_it(&r, S("[server]\nlisten = x\nthreads = x\nnope = 1\n"), NULL);
	assert_int_equal(r.result, ERR_INVALID);
	assert_str(buf_view(&r.problems),
		   S(PATH ":3: server.threads must be a whole number\n" PATH
			  ":4: unknown key server.nope\n" PATH
			  ":2: server.listen must be host:port, [IPv6]:port or unix:/path\n"));
	done(&r);
}

static void
no_file(void **state)
{
	struct reading r = {0};

	buf_init(&r.problems, 1000);
	buf_init(&r.warnings, 1000);
	assert_int_equal(config_read(&r.c, "/nonexistent", NULL, &r.problems, &r.warnings),
			 ERR_INVALID);
	assert_str(buf_view(&r.problems), S("/nonexistent: No such file or directory\n"));
	done(&r);
}

static void
postgres_has_no_path(void **state)
{
	const char *environ_[] = {"ALDGATE_DATABASE_URL=postgresql:///aldgate?host=/run", NULL};
	struct reading r;

	read_it(&r, STR_NONE, environ_);
	assert_int_equal(r.result, OK);
	assert_true(str_absent(r.c.database_path));
	done(&r);
}

static void
quantities(void **state)
{
	static const struct {
		const char *input;
		bool (*parse)(struct str s, int64_t *v);
		bool ok;
		int64_t want;
	} rows[] = {
		{"", duration_parse, true, 0},
		{"90", duration_parse, true, 90 * SECOND},
		{"90s", duration_parse, true, 90 * SECOND},
		{"15m", duration_parse, true, 15 * MINUTE},
		{"24h", duration_parse, true, 24 * HOUR},
		{"30d", duration_parse, true, 30 * DAY},
		{"0", duration_parse, true, 0},
		{"s", duration_parse, false, 0},
		{"-1s", duration_parse, false, 0},
		{"-0s", duration_parse, false, 0},
		{"1.5h", duration_parse, false, 0},
		{"1w", duration_parse, false, 0},
		{"1S", duration_parse, false, 0},
		{"1h30m", duration_parse, false, 0},
		{"9223372036854775807d", duration_parse, false, 0},
		{"", size_parse, true, 0},
		{"4096", size_parse, true, 4096},
		{"4K", size_parse, true, 4096},
		{"10M", size_parse, true, 10 << 20},
		{"2G", size_parse, true, INT64_C(2) << 30},
		{"10m", size_parse, false, 0},
		{"10MB", size_parse, false, 0},
		{"9223372036854775807K", size_parse, false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 42;

		if (rows[i].parse(str_of(rows[i].input), &v) != rows[i].ok ||
		    v != (rows[i].ok ? rows[i].want : 42))
			fail_row("\"%s\" gave %" PRId64, rows[i].input, v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(sources),
		cmocka_unit_test(webhook_keys),
		cmocka_unit_test(value_files),
		cmocka_unit_test(large_files),
		cmocka_unit_test(warnings),
		cmocka_unit_test(mistakes_in_files),
		cmocka_unit_test(mistakes_in_the_environment),
		cmocka_unit_test(all_mistakes_at_once),
		cmocka_unit_test(no_file),
		cmocka_unit_test(postgres_has_no_path),
		cmocka_unit_test(quantities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
