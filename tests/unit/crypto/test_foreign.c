/*
 * Hashes of other programs. Where they come from:
 * Argon2: the test program of the reference implementation (version 0x13).
 * bcrypt: the test vectors of crypt_blowfish.
 * SHA-512-crypt: its specification, and
 *   openssl passwd -6 -salt saltstring 'Hello world!'
 * yescrypt: python3 -c "import crypt; print(crypt.crypt('correct horse', '$y$j75$saltsaltsalt'))"
 * PBKDF2: base64 of hashlib.pbkdf2_hmac('sha256', b'correct horse', b'seasalt', 1000)
 * scrypt: RFC 7914, 12 (the second), and base64 of hashlib.scrypt(b'correct horse',
 *   salt=b'saltsaltsaltsalt', n=1024, r=8, p=1, dklen=32)
 */
#include "../unit.h"

#include "base/log.h"
#include "crypto/foreign_library.h"
#include "crypto/hasher.h"

static struct arena arena;
static struct ctx cx = {.arena = &arena};

#define ARGON2ID_2                                                                                 \
	"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"
#define ARGON2ID_1                                                                                 \
	"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
#define ARGON2I_2                                                                                  \
	"$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E"
#define ARGON2I_1                                                                                  \
	"$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"
#define BCRYPT_SALT_TAG "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
#define BCRYPT_LONG "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
#define SEVENTY_TWO "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define SHA512_TAG                                                                                 \
	"svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
#define SHA512_ROUNDS                                                                              \
	"$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/"          \
	"UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
#define YESCRYPT_TAG "zQziiNee/3jd.PJJvsNgy7GH5uO3HbsUNcQ3Jsopj2B"
#define PBKDF2_TAG "mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso="
#define SCRYPT_RFC                                                                                 \
	"$scrypt$ln=10,r=8,p=16$TmFDbA$"                                                           \
	"/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA"
#define SCRYPT_32                                                                                  \
	"$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$A9lBa6RTbfBovWqamVIqXKovIl4Vk6OZyVojLJmYmSI"

static struct hasher *
open_hasher(int64_t memory_kib, int64_t slots, int64_t queue)
{
	struct config config = {
		.password_argon2_memory_kib = memory_kib,
		.password_argon2_passes = 1,
		.password_hash_slots = slots,
		.password_hash_queue = queue,
	};
	struct hasher *h = NULL;

	assert_int_equal(hasher_open(&config, &h), OK);
	cx.hasher = h;
	return h;
}

static const struct {
	const char *name, *phc, *password;
} right[] = {
	{"Argon2id, two lanes", ARGON2ID_2, "password"},
	{"Argon2id, one lane", ARGON2ID_1, "password"},
	{"Argon2i, two lanes", ARGON2I_2, "password"},
	{"Argon2i, one lane", ARGON2I_1, "password"},
	{"Django's Argon2id", "argon2" ARGON2ID_2, "password"},
	{"Django's Argon2i", "argon2" ARGON2I_2, "password"},
	{"Django's, one lane", "argon2" ARGON2ID_1, "password"},
	{"bcrypt 2a", "$2a$05$" BCRYPT_SALT_TAG, "U*U"},
	{"bcrypt 2b", "$2b$05$" BCRYPT_SALT_TAG, "U*U"},
	{"bcrypt 2y", "$2y$05$" BCRYPT_SALT_TAG, "U*U"},
	{"bcrypt, 8 bits", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
	 "\xff\xff\xa3"},
	{"bcrypt, 72 bytes", BCRYPT_LONG, SEVENTY_TWO},
	{"SHA-512-crypt", "$6$saltstring$" SHA512_TAG, "Hello world!"},
	{"SHA-512-crypt with rounds", SHA512_ROUNDS, "Hello world!"},
	{"yescrypt", "$y$j75$saltsaltsalt$" YESCRYPT_TAG, "correct horse"},
	{"Django's PBKDF2", "pbkdf2_sha256$1000$seasalt$" PBKDF2_TAG, "correct horse"},
	{"scrypt of the RFC", SCRYPT_RFC, "password"},
	{"scrypt, 32 bytes", SCRYPT_32, "correct horse"},
};

static bool
matches(const char *phc, struct secret password)
{
	bool ok = true, stale;

	assert_int_equal(password_verify(&cx, str_of(phc), password, &ok, &stale), OK);
	return ok;
}

static void
right_and_wrong(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 4);

	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		struct str password = str_of(right[i].password);
		struct str longer = str_print(&arena, "%sx", right[i].password);
		bool ok = false, stale = false;

		print_message("%s\n", right[i].name);
		assert_true(password_hash_known(str_of(right[i].phc)));
		assert_int_equal(password_verify(&cx, str_of(right[i].phc), secret_of(password),
						 &ok, &stale),
				 OK);
		assert_true(ok && stale);
		assert_false(matches(right[i].phc, secret_of(longer)));
		password.n--;
		assert_false(matches(right[i].phc, secret_of(password)));
		assert_false(matches(right[i].phc, secret_of(S(""))));
		arena_reset(&arena);
	}
	hasher_close(h);
}

/* A scheme that reads C strings, or no more than 72 bytes, must not take the beginning for all. */
static void
no_prefix(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 4);
	char text[600];

	assert_false(matches("$2a$05$" BCRYPT_SALT_TAG, secret_of(S("U*U\0"))));
	assert_false(matches("$2a$05$" BCRYPT_SALT_TAG, secret_of(S("U*U\0more"))));
	assert_false(matches("$6$saltstring$" SHA512_TAG, secret_of(S("Hello world!\0"))));
	assert_false(matches("$y$j75$saltsaltsalt$" YESCRYPT_TAG, secret_of(S("correct horse\0"))));
	assert_false(matches(ARGON2ID_2, secret_of(S("password\0"))));
	assert_false(matches(BCRYPT_LONG, secret_of(S(SEVENTY_TWO "chars after 72 are ignored"))));
	assert_false(matches(BCRYPT_LONG, secret_of(S(SEVENTY_TWO "8"))));
	memset(text, 'x', sizeof(text));
	assert_false(
		matches("$6$saltstring$" SHA512_TAG, secret_of((struct str){text, sizeof(text)})));
	hasher_close(h);
	arena_reset(&arena);
}

static const struct {
	const char *name, *phc;
} unusable[] = {
	{"nothing", ""},
	{"plain text", "password"},
	{"DES", "rl.3StKT.4T8M"},
	{"MD5", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"},
	{"SHA-256-crypt", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8"},
	{"bcrypt 2x", "$2x$05$" BCRYPT_SALT_TAG},
	{"bcrypt 2", "$2$05$" BCRYPT_SALT_TAG},
	{"bcrypt cut", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe"},
	{"bcrypt with more", "$2b$05$" BCRYPT_SALT_TAG "W"},
	{"bcrypt, no salt", "$2b$05$"},
	{"bcrypt, other digits", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvy!eW"},
	{"bcrypt, cost 16", "$2b$16$" BCRYPT_SALT_TAG},
	{"bcrypt, cost 31", "$2b$31$" BCRYPT_SALT_TAG},
	{"bcrypt, cost 3", "$2b$03$" BCRYPT_SALT_TAG},
	{"bcrypt, cost -1", "$2b$-1$" BCRYPT_SALT_TAG},
	{"SHA-512-crypt cut", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO"},
	{"SHA-512-crypt, no tag", "$6$saltstring"},
	{"SHA-512-crypt, empty tag", "$6$saltstring$"},
	{"SHA-512-crypt, rounds", "$6$rounds=1000001$saltstring$" SHA512_TAG},
	{"SHA-512-crypt, few rounds", "$6$rounds=999$saltstring$" SHA512_TAG},
	{"SHA-512-crypt, huge rounds", "$6$rounds=99999999999999999999$saltstring$" SHA512_TAG},
	{"SHA-512-crypt, long salt", "$6$saltstringsaltstr$" SHA512_TAG},
	{"yescrypt cut", "$y$j75$saltsaltsalt$zQziiNee/3jd.PJJvsNgy7GH5uO3HbsUNcQ3Jsopj2"},
	{"yescrypt, 512 MiB", "$y$jET$saltsaltsalt$" YESCRYPT_TAG},
	{"yescrypt, more parameters", "$y$j75/$saltsaltsalt$" YESCRYPT_TAG},
	{"yescrypt, other flavour", "$y$.75$saltsaltsalt$" YESCRYPT_TAG},
	{"yescrypt, no tag", "$y$j75$saltsaltsalt"},
	{"PBKDF2 cut", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdf"},
	{"PBKDF2 cut, 16 bytes", "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWQ=="},
	{"PBKDF2 without padding",
	 "pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso"},
	{"PBKDF2, no tag", "pbkdf2_sha256$1000$seasalt$"},
	{"PBKDF2, no salt", "pbkdf2_sha256$1000$$" PBKDF2_TAG},
	{"PBKDF2, iterations", "pbkdf2_sha256$2000001$seasalt$" PBKDF2_TAG},
	{"PBKDF2, no iteration", "pbkdf2_sha256$0$seasalt$" PBKDF2_TAG},
	{"PBKDF2, leading zero", "pbkdf2_sha256$01000$seasalt$" PBKDF2_TAG},
	{"PBKDF2 with SHA-1", "pbkdf2_sha1$1000$seasalt$" PBKDF2_TAG},
	{"scrypt cut", "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/g"},
	{"scrypt, no tag", "$scrypt$ln=10,r=8,p=16$TmFDbA$"},
	{"scrypt, 512 MiB", "$scrypt$ln=19,r=8,p=1$TmFDbA$"
			    "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"},
	{"scrypt, lanes", "$scrypt$ln=10,r=8,p=17$TmFDbA$"
			  "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"},
	{"scrypt, blocks", "$scrypt$ln=10,r=65,p=1$TmFDbA$"
			   "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"},
	{"scrypt, huge", "$scrypt$ln=63,r=8,p=1$TmFDbA$"
			 "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"},
	{"Argon2 cut", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB"},
	{"Argon2, no tag", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$"},
	{"Argon2, short salt",
	 "$argon2id$v=19$m=256,t=2,p=2$c29t$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2, memory", "$argon2id$v=19$m=262145,t=2,p=2$c29tZXNhbHQ$"
			   "bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2, passes",
	 "$argon2i$v=19$m=256,t=17,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E"},
	{"Argon2, lanes",
	 "$argon2id$v=19$m=256,t=2,p=17$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2, too little for its lanes",
	 "$argon2id$v=19$m=15,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2d",
	 "$argon2d$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2 1.0",
	 "$argon2id$v=16$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"Argon2, twice Django", "argon2argon2" ARGON2ID_2},
	{"Argon2 with a key", "$argon2id$v=19$m=256,t=2,p=2,keyid=AAAA$c29tZXNhbHQ$"
			      "bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
};

/* They cost what a wrong password costs, match nothing, and are no error to who asks. */
static void
never_match(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 4);
	struct hasher_stats stats;

	for (size_t i = 0; i < ARRAY_LEN(unusable); i++) {
		bool ok = true, stale = true;

		print_message("%s\n", unusable[i].name);
		assert_false(password_hash_known(str_of(unusable[i].phc)));
		assert_int_equal(password_verify(&cx, str_of(unusable[i].phc),
						 secret_of(S("password")), &ok, &stale),
				 OK);
		assert_true(!ok && !stale);
		arena_reset(&arena);
	}
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, ARRAY_LEN(unusable));
	assert_int_equal(stats.arena_uses, ARRAY_LEN(unusable));
	assert_false(password_hash_known(STR_NONE));
	assert_false(password_hash_known((struct str){ARGON2ID_2 "\0", sizeof(ARGON2ID_2)}));
	hasher_close(h);
}

/* Refused by libxcrypt itself, though its form is right: the salt can't be decoded. */
static void
refused_by_its_library(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 4);

	assert_true(password_hash_known(S("$y$j75$s$" YESCRYPT_TAG)));
	assert_false(matches("$y$j75$s$" YESCRYPT_TAG, secret_of(S("correct horse"))));
	hasher_close(h);
	arena_reset(&arena);
}

/* Argon2 of libargon2 lies in the slot's arena when it fits. */
static void
in_the_arena(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 4);
	struct hasher_stats stats;

	assert_true(matches(ARGON2ID_2, secret_of(S("password"))));
	hasher_stats(h, &stats);
	assert_int_equal(stats.arena_uses, 1);
	assert_true(matches(ARGON2I_1, secret_of(S("password"))));
	hasher_stats(h, &stats);
	assert_int_equal(stats.arena_uses, 1);
	hasher_close(h);
	arena_reset(&arena);
}

static void
all_bounds_meet_in_a_slot(void **state)
{
	struct hasher *h = open_hasher(1024, 1, 0);
	struct hasher_stats stats;

	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		assert_false(matches(right[i].phc, secret_of(S("no password of theirs"))));
	hasher_stats(h, &stats);
	assert_int_equal(stats.hashes, ARRAY_LEN(right));
	assert_int_equal(stats.running, 0);
	hasher_close(h);
	arena_reset(&arena);
}

static void
libraries(void **state)
{
	argon2_fn argon2, again;
	crypt_fn crypt5;

	assert_int_equal(argon2_open(&cx, &argon2), OK);
	assert_int_equal(argon2_open(&cx, &again), OK);
	assert_true(argon2 == again);
	assert_int_equal(crypt_open(&cx, &crypt5), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_and_wrong), cmocka_unit_test(no_prefix),
		cmocka_unit_test(never_match),     cmocka_unit_test(refused_by_its_library),
		cmocka_unit_test(in_the_arena),    cmocka_unit_test(all_bounds_meet_in_a_slot),
		cmocka_unit_test(libraries),
	};
	int failed;

	log_setup(LOG_LOGFMT, LOG_ERROR);
	arena_init(&arena, 4 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
