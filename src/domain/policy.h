/*
 * What an e-mail address, a username, a phone number, a name, a role and a password may look like.
 * Each check_… returns NULL for a good value, else a sentence for the field error. 1-core.md.
 */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include "base/config.h"
#include "base/ctx.h"

struct user;

#define EMAIL_MAX 254
#define DEVICE_ID_MAX 128
#define FULL_NAME_MAX 200

const char *check_email(struct str email); /* already trimmed */
const char *check_username(struct str username);
const char *check_phone(struct str phone);
const char *check_full_name(struct str name);
const char *check_device_id(struct str id);
/* Length only; what it may say is policy_password's. */
const char *check_password_length(const struct config *config, struct secret password);

/* The role in upper case when it exists; absent otherwise. */
struct str role_find(struct ctx *cx, struct str name);
/* What is wrong with a role that is asked for at sign-up; NULL: it may be. */
const char *check_role(struct ctx *cx, struct str asked);
/* ERR_INVALID (field "role") unless it may be asked for at sign-up; absent asks for the default. */
MUST_CHECK enum err role_for_signup(struct ctx *cx, struct str asked, struct str *role);

/* Length, zxcvbn score, and not being one of words (absent ones are skipped); ERR_INVALID on
 * `field`. */
MUST_CHECK enum err policy_password(struct ctx *cx, const char *field, struct secret password,
				    const struct str *words, size_t n);
/* The same for a password of u: it is none of the account's own names. */
MUST_CHECK enum err
policy_password_of(struct ctx *cx, const char *field, const struct user *u, struct secret password);

enum identifier_kind { IDENTIFIER_EMAIL, IDENTIFIER_USERNAME, IDENTIFIER_PHONE };
/* What a typed identifier (trimmed) is by its shape. */
enum identifier_kind identifier_kind(struct str s);

#endif
