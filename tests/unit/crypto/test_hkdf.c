/* RFC 5869 appendix A, the cases with SHA-256. */
#include "../unit.h"

#include "base/enc.h"
#include "crypto/hkdf.h"

struct row {
	const char *name;
	const char *key, *salt, *info; /* hex; NULL: absent */
	const char *want;
};

static const struct row rows[] = {
	{"A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
	 "f0f1f2f3f4f5f6f7f8f9",
	 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
	{"A.2",
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2"
	 "c2d2e2f3031323334353637"
	 "38393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	 "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8"
	 "c8d8e8f9091929394959697"
	 "98999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	 "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbd"
	 "cdddedfe0e1e2e3e4e5e6e7"
	 "e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	 "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65"
	 "e590e09da3275600c2f09b8"
	 "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
	{"A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", NULL, NULL,
	 "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static struct str
from_hex(const char *hex, char *room, size_t n)
{
	if (!hex)
		return STR_NONE;
	assert_true(hex_decode(str_of(hex), room, &n));
	return (struct str){room, n};
}

static void
vectors(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char key[128], salt[128], info[128], want[128];
		uint8_t got[128];
		struct str wanted = from_hex(rows[i].want, want, sizeof(want));
		struct secret secret = secret_of(from_hex(rows[i].key, key, sizeof(key)));

		print_message("%s\n", rows[i].name);
		assert_int_equal(hkdf_sha256(secret, from_hex(rows[i].salt, salt, sizeof(salt)),
					     from_hex(rows[i].info, info, sizeof(info)), got,
					     wanted.n),
				 OK);
		assert_memory_equal(got, wanted.p, wanted.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
