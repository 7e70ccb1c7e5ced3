/* What goes in comes out, at every length around a block; and what lies on the disk is neither
 * readable nor to be tampered with. */
#include "../unit.h"

#include "base/buf.h"
#include "base/enc.h"
#include "crypto/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#define wrong(...)                                                                                 \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		assert_true(false);                                                                \
	} while (0)

static char folder[] = "/tmp/aldgate-spool-XXXXXX";

static int
make_folder(void **state UNUSED)
{
	return sodium_init() < 0 || mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state UNUSED)
{
	return rmdir(folder);
}

static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 8));
}

static void
fill(struct spool *s, size_t n, size_t step)
{
	unsigned char piece[1000];

	for (size_t i = 0; i < n;) {
		size_t k = 0;

		while (k < step && i < n)
			piece[k++] = byte_at(i++);
		assert_int_equal(spool_add(s, piece, k), OK);
	}
}

static void
check(struct spool *s, size_t n)
{
	struct str piece;
	size_t at = 0;

	assert_int_equal(spool_rewind(s), OK);
	do {
		assert_int_equal(spool_read(s, &piece), OK);
		assert_true(piece.n <= SPOOL_BLOCK);
		for (size_t i = 0; i < piece.n; i++, at++)
			if ((unsigned char)piece.p[i] != byte_at(at))
				wrong("byte %zu", at);
	} while (piece.n > 0);
	assert_int_equal(at, n);
}

static void
every_length(void **state UNUSED)
{
	static const size_t lengths[] = {0,
					 1,
					 SPOOL_BLOCK - 1,
					 SPOOL_BLOCK,
					 SPOOL_BLOCK + 1,
					 2 * SPOOL_BLOCK,
					 3 * SPOOL_BLOCK + 17};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (size_t step = 7; step <= 1000; step += 331) {
			struct spool *s, *other;

			assert_int_equal(spool_open(str_of(folder), &s), OK);
			assert_int_equal(spool_open_beside(s, &other), OK);
			fill(s, lengths[i], step);
			fill(other, 10, 10);
			assert_int_equal(spool_size(s), (int64_t)lengths[i]);
			check(s, lengths[i]);
			check(s, lengths[i]);
			check(other, 10);
			spool_free(s);
		}
}

struct texts {
	struct buf text;
	int left; /* pieces until it refuses; -1: none */
};

static enum err
gather(void *arg, struct str text)
{
	struct texts *t = arg;

	if (t->left == 0)
		return ERR_UNAVAILABLE;
	t->left -= t->left > 0;
	buf_str(&t->text, text);
	return OK;
}

static void
as_base64(void **state UNUSED)
{
	static const size_t lengths[] = {
		0, 1, 2, 3, SPOOL_BLOCK - 1, SPOOL_BLOCK, SPOOL_BLOCK + 1, 3 * SPOOL_BLOCK + 17};
	static char bytes[4 * SPOOL_BLOCK];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)byte_at(i);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct texts got = {.left = -1};
		struct buf want;
		struct spool *s;

		buf_init(&got.text, sizeof(bytes) * 2);
		buf_init(&want, sizeof(bytes) * 2);
		base64_encode(&want, bytes, lengths[i], 0);
		assert_int_equal(spool_open(str_of(folder), &s), OK);
		fill(s, lengths[i], 1000);
		assert_int_equal(spool_rewind(s), OK);
		assert_int_equal(spool_base64(s, gather, &got), OK);
		assert_false(got.text.full);
		assert_true(str_eq(buf_view(&got.text), buf_view(&want)));
		spool_free(s);
		buf_release(&got.text);
		buf_release(&want);
	}
}

static void
as_base64_until_it_is_refused(void **state UNUSED)
{
	struct texts got = {.left = 1};
	struct spool *s;

	buf_init(&got.text, 4 * SPOOL_BLOCK);
	assert_int_equal(spool_open(str_of(folder), &s), OK);
	fill(s, 3 * SPOOL_BLOCK, 1000);
	assert_int_equal(spool_base64(s, gather, &got), ERR_INTERNAL); /* not rewound */
	assert_int_equal(spool_rewind(s), OK);
	assert_int_equal(spool_base64(s, gather, &got), ERR_UNAVAILABLE);
	assert_int_equal(got.text.n, SPOOL_BLOCK / 3 * 4);
	spool_free(s);
	buf_release(&got.text);
}

static int
its_file(void)
{
	char name[64], target[256];

	for (int fd = 3; fd < 64; fd++) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(name, target, sizeof(target) - 1);

		if (n > 0 && strncmp(target, folder, strlen(folder)) == 0)
			return fd;
	}
	return -1;
}

static void
on_the_disk(void **state UNUSED)
{
	struct spool *s;
	struct str piece;
	char byte, text[200001];
	int fd;

	memset(text, 'A', sizeof(text));
	assert_int_equal(spool_open(str_of(folder), &s), OK);
	assert_int_equal(spool_add(s, text, 1000), OK);
	assert_int_equal(its_file(), -1);
	assert_int_equal(spool_add(s, text, 200000), OK);
	assert_int_equal(spool_rewind(s), OK);
	fd = its_file();
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, 200000, 0), 200000);
	assert_null(memmem(text, 200000, "AAAAAAAA", 8));
	assert_int_equal(pread(fd, &byte, 1, 100000), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 100000), 1);
	assert_int_equal(spool_read(s, &piece), OK);
	assert_int_equal(spool_read(s, &piece), ERR_UNAVAILABLE);
	spool_free(s);
	assert_int_equal(its_file(), -1);
}

static void
no_place(void **state UNUSED)
{
	struct spool *s;
	char text[SPOOL_BLOCK + 1] = {0};

	assert_int_equal(spool_open(S("/nowhere/at/all"), &s), OK);
	assert_int_equal(spool_add(s, text, SPOOL_BLOCK), OK);
	assert_int_equal(spool_add(s, text, 1), ERR_UNAVAILABLE);
	spool_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length),
		cmocka_unit_test(as_base64),
		cmocka_unit_test(as_base64_until_it_is_refused),
		cmocka_unit_test(on_the_disk),
		cmocka_unit_test(no_place),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
