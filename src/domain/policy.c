/*
 * The shapes of names and the strength of passwords, in one place for HTTP and the command line.
 * Strict where a loose reading lets two spellings mean one mailbox or one text mean two things.
 */
#include "domain/policy.h"

#include "base/buf.h"
#include "store/user.h"

#include <zxcvbn.h>

#define LOCAL_PART_MAX 64
#define LABEL_MAX 63
#define JUDGED_CHARACTERS 100

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* RFC 5321 4.1.2 Dot-string; quoted strings are refused. */
static bool
local_part_good(struct str s)
{
	struct str atom;

	if (s.n == 0 || s.n > LOCAL_PART_MAX)
		return false;
	while (str_cut(&s, '.', &atom)) {
		if (atom.n == 0)
			return false;
		for (size_t i = 0; i < atom.n; i++)
			if (!is_alnum(atom.p[i]) && !memchr("!#$%&'*+-/=?^_`{|}~", atom.p[i], 19))
				return false;
	}
	return true;
}

static bool
label_good(struct str s)
{
	if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool
domain_good(struct str s)
{
	struct str label;

	if (s.n == 0)
		return false;
	while (str_cut(&s, '.', &label))
		if (!label_good(label))
			return false;
	return true;
}

const char *
check_email(struct str email)
{
	ptrdiff_t at;

	if (email.n > EMAIL_MAX)
		return "Use at most 254 characters.";
	for (size_t i = 0; i < email.n; i++)
		if ((unsigned char)email.p[i] >= 0x80)
			return "Only ASCII addresses can be used here.";
	at = str_find(email, '@');
	if (at < 0 || !local_part_good((struct str){email.p, (size_t)at}) ||
	    !domain_good(str_from(email, (size_t)at + 1)))
		return "Enter a valid e-mail address.";
	return NULL;
}

const char *
check_username(struct str username)
{
	if (username.n < 3 || username.n > 32)
		return "Use 3 to 32 characters.";
	for (size_t i = 0; i < username.n; i++)
		if (!is_alnum(username.p[i]) && !memchr("_.-", username.p[i], 3))
			return "Use letters, digits, '_', '.' and '-' only.";
	if (username.n >= 8 && username.n <= 15 && all_digits(username))
		return "A username must not look like a phone number.";
	return NULL;
}

const char *
check_phone(struct str phone)
{
	struct str digits = str_from(phone, 1);

	if (phone.n < 9 || phone.n > 16 || phone.p[0] != '+' || !all_digits(digits) ||
	    digits.p[0] == '0')
		return "Enter the number as + and 8 to 15 digits (E.164).";
	return NULL;
}

const char *
check_full_name(struct str name)
{
	if (!utf8_valid(name))
		return "This is not valid UTF-8.";
	if (utf8_has_control(name))
		return "Control characters are not allowed.";
	if (name.n == 0 || utf8_length(name) > FULL_NAME_MAX)
		return "Use 1 to 200 characters.";
	return NULL;
}

const char *
check_device_id(struct str id)
{
	if (id.n == 0 || id.n > DEVICE_ID_MAX * 4 || !utf8_valid(id) ||
	    utf8_length(id) > DEVICE_ID_MAX || utf8_has_control(id))
		return "Use 1 to 128 printable characters.";
	return NULL;
}

const char *
check_password_length(const struct config *config, struct secret password)
{
	struct str s = {password.p, password.n};

	if (!utf8_valid(s))
		return "This is not valid UTF-8.";
	if (password.n > 1024)
		return "Use at most 1024 bytes.";
	if (utf8_length(s) < (size_t)config->password_min_length)
		return "This password is too short.";
	return NULL;
}

struct str
role_find(struct ctx *cx, struct str name)
{
	struct str role = str_upper(cx->arena, name);

	return list_has(cx->config->roles_names, role) ? role : STR_NONE;
}

const char *
check_role(struct ctx *cx, struct str asked)
{
	struct str found = role_find(cx, asked);

	if (str_absent(found) || !list_has(cx->config->roles_self_assignable, found))
		return "This role can't be asked for.";
	return NULL;
}

enum err
role_for_signup(struct ctx *cx, struct str asked, struct str *role)
{
	const char *wrong = str_absent(asked) ? NULL : check_role(cx, asked);

	if (wrong)
		return fail_field(cx, "role", wrong);
	*role = str_absent(asked) ? cx->config->role_default_effective : role_find(cx, asked);
	return OK;
}

/* zxcvbn's score from its bits of entropy. */
static int64_t
score_of(double bits)
{
	static const double least[] = {9, 20, 26.6, 33.2};
	int64_t score = 0;

	while (score < 4 && bits >= least[score])
		score++;
	return score;
}

static double
bits_of(struct ctx *cx, struct secret password)
{
	struct str rest = {password.p, password.n};
	uint32_t c;

	for (int i = 0; i < JUDGED_CHARACTERS && rest.n; i++)
		rest = str_from(rest, utf8_next(rest, &c));
	return ZxcvbnMatch(str_z(cx->arena, (struct str){password.p, password.n - rest.n}), NULL,
			   NULL);
}

enum err
policy_password(struct ctx *cx, const char *field, struct secret password, const struct str *words,
		size_t n)
{
	struct str s = {password.p, password.n};
	const char *wrong = check_password_length(cx->config, password);

	if (wrong)
		return fail_field(cx, field, wrong);
	for (size_t i = 0; i < n; i++)
		if (!str_absent(words[i]) && str_eq_nocase(s, words[i]))
			return fail_field(
				cx, field,
				"The password must not be your e-mail, username or name.");
	if (score_of(bits_of(cx, password)) < cx->config->password_min_score)
		return fail_field(cx, field, "This password is too easy to guess.");
	return OK;
}

enum err
policy_password_of(struct ctx *cx, const char *field, const struct user *u, struct secret password)
{
	const struct str words[] = {u->email, u->username, u->full_name};

	return policy_password(cx, field, password, words, ARRAY_LEN(words));
}

enum identifier_kind
identifier_kind(struct str s)
{
	if (str_find(s, '@') >= 0)
		return IDENTIFIER_EMAIL;
	return s.n && s.p[0] == '+' ? IDENTIFIER_PHONE : IDENTIFIER_USERNAME;
}
