/*
 * Rows and the gate come to the same judgement because it stands only here, on the user as the
 * store has it. A word that is not known demands something that nobody can check, so it is refused
 * and never passed over.
 */
#include "domain/demands.h"

#include "base/config.h"

static bool
roles_are_configured(const struct config *config, struct str roles)
{
	struct str role;

	while (str_cut(&roles, '|', &role))
		if (!list_has(config->roles_names, role))
			return false;
	return true;
}

static bool
read_role(const struct config *config, struct str roles, struct demands *d)
{
	if (d->roles_n == DEMANDED_ROLES || !roles_are_configured(config, roles))
		return false;
	d->roles[d->roles_n++] = roles;
	return true;
}

static bool
read_word(const struct config *config, struct str word, struct demands *d)
{
	static const struct str role = {"role:", 5};

	if (str_starts(word, role))
		return read_role(config, str_from(word, role.n), d);
	if (str_eq(word, S("email")))
		d->verified_email = true;
	else if (str_eq(word, S("kyc")))
		d->kyc_approved = true;
	else
		return str_eq(word, S("session"));
	return true;
}

enum err
demands_read(struct ctx *cx, struct str words, struct demands *out)
{
	struct demands d = {0};
	struct str word;

	if (str_absent(words))
		return fail_field(cx, "require", "This field is required.");
	while (str_cut(&words, ',', &word))
		if (!read_word(cx->config, word, &d))
			return fail_field(cx, "require",
					  "Give email, kyc, session and role:NAME (or "
					  "role:NAME|NAME) of configured roles, apart by commas.");
	*out = d;
	return OK;
}

static bool
role_is_among(struct str roles, struct str role)
{
	struct str one;

	while (str_cut(&roles, '|', &one))
		if (str_eq_nocase(one, role))
			return true;
	return false;
}

enum err
demands_met(const struct demands *d, const struct user *u)
{
	if (d->verified_email && !u->is_email_verified)
		return ERR_EMAIL_NOT_VERIFIED;
	if (d->kyc_approved && !str_eq(u->kyc_status, S("approved")))
		return ERR_KYC_REQUIRED;
	for (size_t i = 0; i < d->roles_n; i++)
		if (!role_is_among(d->roles[i], u->role))
			return ERR_ROLE_REQUIRED;
	return OK;
}

static void
tell_word(struct buf *out, size_t start, struct str word)
{
	if (out->n > start)
		buf_char(out, ',');
	buf_str(out, word);
}

void
demands_tell(const struct demands *d, struct buf *out)
{
	size_t start = out->n;

	if (d->verified_email)
		tell_word(out, start, S("email"));
	if (d->kyc_approved)
		tell_word(out, start, S("kyc"));
	for (size_t i = 0; i < d->roles_n; i++) {
		tell_word(out, start, S("role:"));
		buf_str(out, d->roles[i]);
	}
}
