/* What a stored hash costs, as its text tells. What each scheme takes is in test_foreign.c. */
#include "../unit.h"

#include "crypto/hash_text.h"

#define ARGON2(cost)                                                                               \
	"$argon2id$v=19$" cost "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
#define SCRYPT(cost) "$scrypt$" cost "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
#define BCRYPT(cost) "$2b$" cost "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
#define TAG86                                                                                      \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./ABCDEFGHIJKLMNOPQRSTUV"
#define TAG43 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"

static const struct {
	const char *text;
	int64_t least, most; /* milliseconds */
} rows[] = {
	{ARGON2("m=19456,t=2,p=1"), 5, 30},
	{ARGON2("m=65536,t=3,p=4"), 30, 150},
	{ARGON2("m=262144,t=16,p=1"), 1000, 4000},
	{BCRYPT("04"), 0, 2},
	{BCRYPT("12"), 100, 400},
	{BCRYPT("15"), 1000, 4000},
	{"$6$salt$" TAG86, 1, 10},
	{"$6$rounds=1000000$salt$" TAG86, 300, 1000},
	{"$y$j9T$salt$" TAG43, 10, 100},
	{SCRYPT("ln=14,r=8,p=1"), 15, 100},
	{SCRYPT("ln=14,r=8,p=4"), 60, 400},
	{SCRYPT("ln=18,r=8,p=16"), 1000, 20000},
	{"pbkdf2_sha256$600000$salt$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=", 80, 400},
};

static void
test_ms(void **state)
{
	struct hash_text t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%.30s\n", rows[i].text);
		assert_true(hash_text_read(str_of(rows[i].text), HASH_MEMORY_KIB_MAX, &t));
		assert_in_range(hash_text_ms(&t), rows[i].least, rows[i].most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ms)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
