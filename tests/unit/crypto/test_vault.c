/* The master key's file and what is derived from it. */
#include "../unit.h"

#include "base/enc.h"
#include "base/rnd.h"
#include "crypto/vault.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static struct arena arena;
static struct ctx cx = {.arena = &arena};
static char folder[64], file[128];

static int
make_folder(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/aldgate-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/master.key", folder);
	return 0;
}

static int
drop_folder(void **state)
{
	unlink(file);
	arena_reset(&arena);
	return rmdir(folder);
}

static void
write_file(struct str text, mode_t mode)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static enum err
open_with(struct config *config, bool may_create, struct vault **v, struct buf *problem)
{
	buf_init(problem, 4096);
	*v = NULL;
	return vault_open(config, may_create, v, problem);
}

static enum err
open_folder(bool may_create, struct vault **v, struct buf *problem)
{
	struct config config = {.server_data_dir = str_of(folder)};

	return open_with(&config, may_create, v, problem);
}

static struct vault *
open_key(const char *key)
{
	struct config config = {.server_data_dir = S("/nowhere/at/all"),
				.keys_master_key = secret_of(str_of(key))};
	struct vault *v;
	struct buf problem CLEANUP_BUF;

	assert_int_equal(open_with(&config, false, &v, &problem), OK);
	return v;
}

struct file_row {
	const char *name;
	struct str text;
	mode_t mode;
	const char *problem; /* a part of the sentence; NULL: it is good */
};

static const struct file_row file_rows[] = {
	{"good", {KEY_A, 43}, 0600, NULL},
	{"with its line end", {KEY_A "\n", 44}, 0600, NULL},
	{"read-only", {KEY_A, 43}, 0400, NULL},
	{"group may read", {KEY_A, 43}, 0640, "group or others"},
	{"others may read", {KEY_A, 43}, 0604, "group or others"},
	{"group may write", {KEY_A, 43}, 0620, "group or others"},
	{"others may execute", {KEY_A, 43}, 0601, "group or others"},
	{"empty", {"", 0}, 0600, "damaged"},
	{"one character short", {KEY_A, 42}, 0600, "damaged"},
	{"one character more", {KEY_A "A", 44}, 0600, "damaged"},
	{"two line ends", {KEY_A "\n\n", 45}, 0600, "damaged"},
	{"CRLF", {KEY_A "\r\n", 45}, 0600, "damaged"},
	{"two keys", {KEY_A "\n" KEY_B, 87}, 0600, "damaged"},
	{"padded", {KEY_A "=", 44}, 0600, "damaged"},
	{"not canonical", {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", 43}, 0600, "damaged"},
	{"base64 of the other alphabet",
	 {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd+/8", 43},
	 0600,
	 "damaged"},
	{"raw bytes", {"0123456789abcdef0123456789abcdef", 32}, 0600, "damaged"},
	{"a NUL in it", {"AAECAwQFBgcICQoLDA0ODxAREhM\0FRYXGBkaGxwdHh8", 43}, 0600, "damaged"},
};

static void
files(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(file_rows); i++) {
		const struct file_row *row = &file_rows[i];
		struct buf problem CLEANUP_BUF;
		struct vault *v;
		enum err e;

		print_message("%s\n", row->name);
		write_file(row->text, row->mode);
		e = open_folder(true, &v, &problem);
		assert_int_equal(e, row->problem ? ERR_INTERNAL : OK);
		assert_true(str_has(buf_view(&problem), str_of(row->problem ? row->problem : "")));
		assert_false(str_has(buf_view(&problem), S("AAECAw")));
		if (e == OK)
			vault_close(v);
		unlink(file);
	}
}

static void
expect_problem(const char *part)
{
	struct buf problem CLEANUP_BUF;
	struct vault *v;

	assert_int_equal(open_folder(true, &v, &problem), ERR_INTERNAL);
	assert_true(str_has(buf_view(&problem), str_of(part)));
	assert_true(str_has(buf_view(&problem), str_of(file)));
}

static void
not_regular_files(void **state)
{
	assert_int_equal(symlink("/dev/null", file), 0);
	expect_problem("symbolic link");
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	expect_problem("not a regular file");
	unlink(file);
	assert_int_equal(mkdir(file, 0700), 0);
	expect_problem("not a regular file");
	rmdir(file);
}

static void
foreign_owner(void **state)
{
	if (geteuid() != 0)
		skip();
	write_file(S(KEY_A), 0600);
	assert_int_equal(chown(file, 12345, 0), 0);
	expect_problem("belongs to user 12345");
}

static void
missing(void **state)
{
	struct buf problem CLEANUP_BUF;
	struct vault *v;

	assert_int_equal(open_folder(false, &v, &problem), ERR_INTERNAL);
	assert_true(str_has(buf_view(&problem), str_of(file)));
	assert_true(str_has(buf_view(&problem), S("Restore a copy")));
	assert_int_equal(access(file, F_OK), -1);
}

static void
made_on_the_first_start(void **state)
{
	uint8_t first[MAC_SIZE], second[MAC_SIZE];
	struct buf problem CLEANUP_BUF;
	struct stat st;
	struct vault *v;

	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(open_folder(true, &v, &problem), OK);
	vault_mac(v, VAULT_CHECK, "x", 1, first);
	vault_close(v);
	buf_release(&problem);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 44);
	assert_int_equal(open_folder(false, &v, &problem), OK);
	vault_mac(v, VAULT_CHECK, "x", 1, second);
	vault_close(v);
	assert_memory_equal(first, second, sizeof(first));
}

static void
not_made_without_randomness(void **state)
{
	struct buf problem CLEANUP_BUF;
	struct vault *v;

	rnd_break(true);
	assert_int_not_equal(open_folder(true, &v, &problem), OK);
	rnd_break(false);
	assert_int_equal(access(file, F_OK), -1);
}

static void *
open_in_thread(void *mac)
{
	struct buf problem CLEANUP_BUF;
	struct vault *v;

	if (open_folder(true, &v, &problem) != OK)
		return NULL;
	vault_mac(v, VAULT_CHECK, "x", 1, mac);
	vault_close(v);
	return mac;
}

static size_t
count_files(void)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

static void
made_once(void **state)
{
	for (int round = 0; round < 20; round++) {
		uint8_t macs[4][MAC_SIZE];
		pthread_t threads[4];

		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			assert_int_equal(pthread_create(&threads[i], NULL, open_in_thread, macs[i]),
					 0);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			void *result;

			pthread_join(threads[i], &result);
			assert_non_null(result);
			assert_memory_equal(macs[0], macs[i], MAC_SIZE);
		}
		assert_int_equal(count_files(), 1);
		unlink(file);
	}
}

struct given_row {
	const char *name, *key;
	bool good;
};

static const struct given_row given_rows[] = {
	{"good", KEY_A, true},
	{"padded", KEY_A "=", false},
	{"short", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg", false},
	{"with a space", KEY_A " ", false},
	{"empty", "", false},
	{"hex", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", false},
};

static void
given_by_configuration(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(given_rows); i++) {
		const struct given_row *row = &given_rows[i];
		struct config config = {.server_data_dir = str_of(folder),
					.keys_master_key = secret_of(str_of(row->key))};
		struct buf problem CLEANUP_BUF;
		struct vault *v;

		print_message("%s\n", row->name);
		assert_int_equal(open_with(&config, true, &v, &problem),
				 row->good ? OK : ERR_INTERNAL);
		assert_int_equal(problem.n > 0, !row->good);
		if (row->good)
			vault_close(v);
		assert_int_equal(access(file, F_OK), -1);
	}
}

/* Computed apart from this code: HMAC-SHA256(HKDF-SHA256(bytes 0 to 31, no salt, "aldgate refresh
 * v1"), "abc"). */
#define REFRESH_MAC_OF_ABC "fb0353355750683f84b66b9502742eb556dfb326b38637e6c6a76d983020b200"
/* … of the parts "a" and "bc" under "aldgate code v1". */
#define CODE_MAC_OF_PARTS "a90ade4e6a74bdd57ce8d0064f9adf6352a44d2853d59e17672158706a30dddd"

static void
assert_hex(const uint8_t *p, size_t n, const char *want)
{
	struct buf text CLEANUP_BUF;

	buf_init(&text, 256);
	hex_encode(&text, p, n);
	assert_str(buf_view(&text), str_of(want));
}

static void
macs(void **state)
{
	struct vault *v = open_key(KEY_A), *other = open_key(KEY_B);
	const struct str parts[] = {S("a"), S("bc")}, shifted[] = {S("ab"), S("c")},
			 joined[] = {S("abc")};
	uint8_t mac[MAC_SIZE], again[MAC_SIZE];

	vault_mac(v, VAULT_REFRESH, "abc", 3, mac);
	assert_hex(mac, sizeof(mac), REFRESH_MAC_OF_ABC);
	vault_mac(other, VAULT_REFRESH, "abc", 3, again);
	assert_memory_not_equal(mac, again, sizeof(mac));
	vault_mac_parts(v, VAULT_CODE, parts, ARRAY_LEN(parts), mac);
	assert_hex(mac, sizeof(mac), CODE_MAC_OF_PARTS);
	vault_mac_parts(v, VAULT_CODE, shifted, ARRAY_LEN(shifted), again);
	assert_memory_not_equal(mac, again, sizeof(mac));
	vault_mac_parts(v, VAULT_CODE, joined, ARRAY_LEN(joined), again);
	assert_memory_not_equal(mac, again, sizeof(mac));
	vault_close(v);
	vault_close(other);
}

static void
uses_differ(void **state)
{
	struct vault *v = open_key(KEY_A);
	uint8_t seen[VAULT_USES][MAC_SIZE];

	for (size_t i = 0; i < VAULT_USES; i++) {
		vault_mac(v, (enum vault_use)i, "abc", 3, seen[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], MAC_SIZE);
	}
	vault_close(v);
}

static void
sealing(void **state)
{
	struct vault *v = open_key(KEY_A), *other = open_key(KEY_B);
	struct str sealed, again, plain = S("the plain text");
	struct secret opened;
	char *changed;

	cx.vault = v;
	assert_int_equal(seal(&cx, S("key:1"), plain, &sealed), OK);
	assert_int_equal(sealed.n, plain.n + SEAL_EXTRA);
	assert_int_equal(seal(&cx, S("key:1"), plain, &again), OK);
	assert_false(str_eq(sealed, again));
	assert_int_equal(unseal(&cx, S("key:1"), sealed, &opened), OK);
	assert_true(secret_eq(opened, secret_of(plain)));
	assert_int_equal(unseal(&cx, S("key:2"), sealed, &opened), ERR_INTERNAL);
	assert_int_equal(unseal(&cx, S(""), sealed, &opened), ERR_INTERNAL);
	for (size_t n = 0; n < sealed.n; n++)
		assert_int_equal(unseal(&cx, S("key:1"), (struct str){sealed.p, n}, &opened),
				 ERR_INTERNAL);
	changed = arena_copy(&arena, sealed.p, sealed.n);
	for (size_t i = 0; i < sealed.n; i++) {
		changed[i] = (char)(changed[i] ^ 1);
		assert_int_equal(unseal(&cx, S("key:1"), (struct str){changed, sealed.n}, &opened),
				 ERR_INTERNAL);
		changed[i] = (char)(changed[i] ^ 1);
	}
	cx.vault = other;
	assert_int_equal(unseal(&cx, S("key:1"), sealed, &opened), ERR_INTERNAL);
	cx.vault = v;
	assert_int_equal(seal(&cx, S("key:1"), S(""), &sealed), OK);
	assert_int_equal(unseal(&cx, S("key:1"), sealed, &opened), OK);
	assert_int_equal(opened.n, 0);
	rnd_break(true);
	assert_int_equal(seal(&cx, S("key:1"), plain, &sealed), ERR_UNAVAILABLE);
	rnd_break(false);
	vault_close(v);
	vault_close(other);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(files),
		IN_FOLDER(not_regular_files),
		IN_FOLDER(foreign_owner),
		IN_FOLDER(missing),
		IN_FOLDER(made_on_the_first_start),
		IN_FOLDER(not_made_without_randomness),
		IN_FOLDER(made_once),
		IN_FOLDER(given_by_configuration),
		cmocka_unit_test(macs),
		cmocka_unit_test(uses_differ),
		cmocka_unit_test(sealing),
	};
	int failed;

	arena_init(&arena, 1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
