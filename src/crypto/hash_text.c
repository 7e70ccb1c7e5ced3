/*
 * One reader a scheme, found by how the text begins. Lengths of tags are demanded exactly where a
 * shorter tag would be the beginning of a longer one, so that a hash which an export cut off
 * matches nothing, instead of matching more easily.
 */
#include "crypto/hash_text.h"

#include <sodium.h>

#define TEXT_MAX 512
#define BCRYPT_SIZE 60
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 15
#define SHA512_CRYPT_TAG 86
#define SHA512_CRYPT_SALT_MAX 16
#define SHA512_CRYPT_ROUNDS 5000 /* unless it says so */
#define SHA512_CRYPT_ROUNDS_MIN 1000
#define SHA512_CRYPT_ROUNDS_MAX 1000000
#define YESCRYPT_TAG 43
#define YESCRYPT_SALT_MAX 86
#define YESCRYPT_DIGIT_MAX 47 /* larger values take more than one character */
#define PBKDF2_ITERATIONS_MAX 2000000
#define SCRYPT_LOG_N_MAX 21
#define SCRYPT_R_MAX 64
#define ARGON2_SALT_MIN 8
#define ARGON2_TAG_MIN 16
#define SHA256_TAG 32

static const char crypt_digits[] =
	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int64_t
crypt_digit(char c)
{
	const char *at = c ? strchr(crypt_digits, c) : NULL;

	return at ? at - crypt_digits : -1;
}

static bool
all_crypt_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (crypt_digit(s.p[i]) < 0)
			return false;
	}
	return true;
}

/* Takes prefix, digits without leading zeros and end off *rest. */
static bool
take_number(struct str *rest, struct str prefix, char end, int64_t least, int64_t most,
	    int64_t *out)
{
	struct str digits;

	if (!str_starts(*rest, prefix))
		return false;
	*rest = str_from(*rest, prefix.n);
	if (str_find(*rest, end) < 0 || !str_cut(rest, end, &digits))
		return false;
	if (digits.n == 0 || (digits.p[0] == '0' && digits.n > 1))
		return false;
	return str_int(digits, out) && *out >= least && *out <= most;
}

/* Takes the text up to the next '$', or to the end. */
static bool
take_bytes(struct str *rest, int variant, uint8_t *out, size_t room, size_t *n)
{
	struct str text;

	return str_cut(rest, '$', &text) &&
	       sodium_base642bin(out, room, text.p, text.n, NULL, n, NULL, variant) == 0;
}

static bool
take_salt_and_tag(struct str *rest, struct hash_text *out)
{
	const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;

	return take_bytes(rest, variant, out->salt, sizeof(out->salt), &out->salt_n) &&
	       take_bytes(rest, variant, out->tag, sizeof(out->tag), &out->tag_n) &&
	       str_absent(*rest);
}

static bool
read_argon2(struct str rest, int64_t memory_kib_max, struct hash_text *out)
{
	return take_number(&rest, S("v="), '$', 19, 19, &out->n) &&
	       take_number(&rest, S("m="), ',', 8, memory_kib_max, &out->memory_kib) &&
	       take_number(&rest, S("t="), ',', 1, HASH_PASSES_MAX, &out->passes) &&
	       take_number(&rest, S("p="), '$', 1, HASH_LANES_MAX, &out->lanes) &&
	       out->memory_kib >= 8 * out->lanes && take_salt_and_tag(&rest, out) &&
	       out->salt_n >= ARGON2_SALT_MIN && out->tag_n >= ARGON2_TAG_MIN;
}

static bool
read_argon2id(struct str rest, int64_t memory_kib_max, struct hash_text *out)
{
	out->scheme = HASH_ARGON2ID;
	return read_argon2(rest, memory_kib_max, out);
}

static bool
read_argon2i(struct str rest, int64_t memory_kib_max, struct hash_text *out)
{
	out->scheme = HASH_ARGON2I;
	return read_argon2(rest, memory_kib_max, out);
}

/* passlib's form: $scrypt$ln=16,r=8,p=1$salt$tag */
static bool
read_scrypt(struct str rest, int64_t memory_kib_max UNUSED, struct hash_text *out)
{
	int64_t log_n;

	out->scheme = HASH_SCRYPT;
	if (!take_number(&rest, S("ln="), ',', 1, SCRYPT_LOG_N_MAX, &log_n) ||
	    !take_number(&rest, S("r="), ',', 1, SCRYPT_R_MAX, &out->r) ||
	    !take_number(&rest, S("p="), '$', 1, HASH_LANES_MAX, &out->lanes))
		return false;
	out->n = INT64_C(1) << log_n;
	out->memory_kib = (128 * out->n * out->r + 1023) / 1024;
	return out->memory_kib <= HASH_MEMORY_KIB_MAX && take_salt_and_tag(&rest, out) &&
	       (out->tag_n == SHA256_TAG || out->tag_n == 2 * SHA256_TAG);
}

/* Django's form: pbkdf2_sha256$iterations$salt$tag, the salt as it stands, the tag padded. */
static bool
read_pbkdf2(struct str rest, int64_t memory_kib_max UNUSED, struct hash_text *out)
{
	struct str salt;

	out->scheme = HASH_PBKDF2_SHA256;
	if (!take_number(&rest, S(""), '$', 1, PBKDF2_ITERATIONS_MAX, &out->passes) ||
	    !str_cut(&rest, '$', &salt) || salt.n == 0 || salt.n > sizeof(out->salt))
		return false;
	memcpy(out->salt, salt.p, salt.n);
	out->salt_n = salt.n;
	return take_bytes(&rest, sodium_base64_VARIANT_ORIGINAL, out->tag, sizeof(out->tag),
			  &out->tag_n) &&
	       str_absent(rest) && out->tag_n == SHA256_TAG;
}

/* $2b$12$, 22 characters of salt, 31 of tag. */
static bool
read_bcrypt(struct str rest, int64_t memory_kib_max UNUSED, struct hash_text *out)
{
	int64_t cost;

	out->scheme = HASH_BCRYPT;
	if (out->text.n != BCRYPT_SIZE || rest.p[2] != '$' ||
	    !str_int((struct str){rest.p, 2}, &cost) || cost < BCRYPT_COST_MIN ||
	    cost > BCRYPT_COST_MAX)
		return false;
	out->passes = INT64_C(1) << cost;
	return all_crypt_digits(str_from(rest, 3));
}

/* $6$, perhaps rounds=…$, salt$tag */
static bool
read_sha512_crypt(struct str rest, int64_t memory_kib_max UNUSED, struct hash_text *out)
{
	const struct str rounds = S("rounds=");
	struct str salt, tag;

	out->scheme = HASH_SHA512_CRYPT;
	out->passes = SHA512_CRYPT_ROUNDS;
	if (str_starts(rest, rounds) && !take_number(&rest, rounds, '$', SHA512_CRYPT_ROUNDS_MIN,
						     SHA512_CRYPT_ROUNDS_MAX, &out->passes))
		return false;
	return str_cut(&rest, '$', &salt) && str_cut(&rest, '$', &tag) && str_absent(rest) &&
	       salt.n <= SHA512_CRYPT_SALT_MAX && tag.n == SHA512_CRYPT_TAG &&
	       all_crypt_digits(salt) && all_crypt_digits(tag);
}

/*
 * $y$jNr$salt$tag: j is the flavour that crypt(5) makes, N and r one character each there (log2 N
 * less one, r less one).
 */
static bool
read_yescrypt(struct str rest, int64_t memory_kib_max UNUSED, struct hash_text *out)
{
	struct str params, salt, tag;
	int64_t log_n, r;

	out->scheme = HASH_YESCRYPT;
	if (!str_cut(&rest, '$', &params) || params.n != 3 || params.p[0] != 'j')
		return false;
	log_n = crypt_digit(params.p[1]) + 1;
	r = crypt_digit(params.p[2]) + 1;
	if (log_n < 1 || log_n > SCRYPT_LOG_N_MAX || r < 1 || r > YESCRYPT_DIGIT_MAX + 1)
		return false;
	out->memory_kib = ((INT64_C(128) << log_n) * r + 1023) / 1024;
	return out->memory_kib <= HASH_MEMORY_KIB_MAX && str_cut(&rest, '$', &salt) &&
	       str_cut(&rest, '$', &tag) && str_absent(rest) && salt.n <= YESCRYPT_SALT_MAX &&
	       tag.n == YESCRYPT_TAG && all_crypt_digits(salt) && all_crypt_digits(tag);
}

static const struct {
	struct str start;
	bool (*read)(struct str rest, int64_t memory_kib_max, struct hash_text *out);
} schemes[] = {
	{S("$argon2id$"), read_argon2id},   {S("$argon2i$"), read_argon2i},
	{S("$2a$"), read_bcrypt},           {S("$2b$"), read_bcrypt},
	{S("$2y$"), read_bcrypt},           {S("$6$"), read_sha512_crypt},
	{S("$y$"), read_yescrypt},          {S("$scrypt$"), read_scrypt},
	{S("pbkdf2_sha256$"), read_pbkdf2},
};

bool
hash_text_read(struct str text, int64_t memory_kib_max, struct hash_text *out)
{
	const struct str django = S("argon2$argon2");

	if (text.n > TEXT_MAX || memchr(text.p, '\0', text.n))
		return false;
	*out = (struct hash_text){.text = text};
	if (str_starts(text, django))
		out->text = str_from(text, strlen("argon2"));
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		if (str_starts(out->text, schemes[i].start))
			return schemes[i].read(str_from(out->text, schemes[i].start.n),
					       memory_kib_max, out);
	}
	return false;
}

/* What a unit of a scheme's cost takes on a server's core of these years. */
#define ARGON2_NS INT64_C(300)    /* a KiB in a pass */
#define SCRYPT_NS INT64_C(2700)   /* a KiB in a lane */
#define YESCRYPT_NS INT64_C(1100) /* a KiB */
#define BCRYPT_NS INT64_C(56000)
#define SHA512_CRYPT_NS INT64_C(400)
#define PBKDF2_NS INT64_C(300)

static int64_t
nanoseconds(const struct hash_text *t)
{
	switch (t->scheme) {
	case HASH_ARGON2ID:
	case HASH_ARGON2I:
		return t->memory_kib * t->passes * ARGON2_NS;
	case HASH_SCRYPT:
		return t->memory_kib * t->lanes * SCRYPT_NS;
	case HASH_YESCRYPT:
		return t->memory_kib * YESCRYPT_NS;
	case HASH_BCRYPT:
		return t->passes * BCRYPT_NS;
	case HASH_SHA512_CRYPT:
		return t->passes * SHA512_CRYPT_NS;
	case HASH_PBKDF2_SHA256:
	default:
		return t->passes * PBKDF2_NS;
	}
}

int64_t
hash_text_ms(const struct hash_text *t)
{
	return nanoseconds(t) / 1000000;
}
