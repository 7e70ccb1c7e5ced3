/*
 * What no single row of config.def can say: shapes of addresses, keys that need each other, and the
 * roles, which are kept in upper case from here on.
 */
#include "base/config_key.h"
#include "base/config_url.h"
#include "base/enc.h"

static void
check_proxies(struct config_reader *r)
{
	struct config *c = r->c;
	struct str_list list = c->server_trusted_proxies;

	c->proxy_blocks = arena_array(&c->arena, struct ip_block, list.n);
	for (size_t i = 0; i < list.n; i++) {
		if (str_eq(list.v[i], S("unix")))
			c->proxy_unix = true;
		else if (ip_block_parse(list.v[i], &c->proxy_blocks[c->proxy_blocks_n]))
			c->proxy_blocks_n++;
		else
			config_problem(r, ID_server_trusted_proxies,
				       "has \"%.*s\", which is no address, CIDR block or \"unix\"",
				       STR_ARG(list.v[i]));
	}
}

static void
check_server(struct config_reader *r)
{
	struct config *c = r->c;

	if (!listen_ok(c->server_listen))
		config_problem(r, ID_server_listen, "must be host:port, [IPv6]:port or unix:/path");
	if (str_absent(c->server_data_dir))
		config_problem(r, ID_server_data_dir, "must not be empty");
	if (!url_ok(c->server_public_url, "http https") || url_has_query(c->server_public_url) ||
	    url_has_user(c->server_public_url))
		config_problem(r, ID_server_public_url, "must be http(s)://host[:port][/path]");
	while (str_ends(c->server_public_url, S("/")))
		c->server_public_url.n--;
	check_proxies(r);
	for (size_t i = 0; i < c->server_cors_origins.n; i++)
		if (!origin_ok(c->server_cors_origins.v[i]))
			config_problem(
				r, ID_server_cors_origins,
				"has \"%.*s\", which is not scheme://host[:port] in lower case",
				STR_ARG(c->server_cors_origins.v[i]));
	if (str_absent(c->tls_cert) != str_absent(c->tls_key))
		config_problem(r, str_absent(c->tls_cert) ? ID_tls_key : ID_tls_cert,
			       "needs its fellow: tls.cert and tls.key go together");
}

static struct str
text_of(struct secret s)
{
	return (struct str){s.p, s.n};
}

static void
check_database(struct config_reader *r)
{
	struct config *c = r->c;
	struct str url = text_of(c->database_url);

	if (str_starts(url, S("postgresql://")) || str_starts(url, S("postgres://")))
		return;
	if (str_absent(url)) {
		c->database_path =
			str_print(&c->arena, "%.*s/aldgate.db", STR_ARG(c->server_data_dir));
	} else if (str_starts(url, S("sqlite:")) && url.n > 7 && str_find(url, '\0') < 0) {
		c->database_path = str_copy(&c->arena, str_from(url, 7));
	} else {
		config_problem(r, ID_database_url, "must be sqlite:PATH or postgresql://…");
	}
}

static bool
header_ok(struct str s)
{
	ptrdiff_t colon = str_find(s, ':');

	return utf8_valid(s) && !utf8_has_control(s) && colon > 0 &&
	       str_find((struct str){s.p, (size_t)colon}, ' ') < 0;
}

static void
check_messages(struct config_reader *r)
{
	struct config *c = r->c;
	struct str mail = text_of(c->mail_url), sms = text_of(c->sms_url);

	if (!str_eq(mail, S("console:")) && (!url_ok(mail, "smtp smtps") || url_has_query(mail)))
		config_problem(r, ID_mail_url,
			       "must be console:, smtp://[user:password@]host:port or smtps://…");
	if (!str_eq(sms, S("console:")) && !url_ok(sms, "http https"))
		config_problem(r, ID_sms_url, "must be console: or http(s)://host[:port][/path]");
	if (!sender_ok(c->mail_from))
		config_problem(r, ID_mail_from, "must be an address or Name <address>");
	if (c->sms_header.p && !header_ok(text_of(c->sms_header)))
		config_problem(r, ID_sms_header, "must be Name: value");
}

static void
check_link(struct config_reader *r, enum config_id id)
{
	struct str link = CONFIG_GET(r->c, &config_keys[id], struct str);

	if (!str_absent(link) && (!url_ok(link, "http https") || !str_has(link, S("{token}"))))
		config_problem(r, id, "must be an http(s) address with {token} in it");
}

static void
check_keys(struct config_reader *r)
{
	struct config *c = r->c;
	uint8_t key[32];
	size_t n = sizeof(key);

	if (str_eq(c->token_alg, S("HS256")) && c->token_hs256_secret.n < 32)
		config_problem(r, ID_token_hs256_secret, "must have at least 32 bytes for HS256");
	if (c->keys_master_key.p &&
	    (!base64url_decode(text_of(c->keys_master_key), key, &n) || n != sizeof(key)))
		config_problem(r, ID_keys_master_key,
			       "must be 32 bytes as base64url without padding");
	wipe(key, sizeof(key));
}

static bool
role_ok(struct str s)
{
	if (s.n == 0 || s.n > 32 || s.p[0] < 'A' || s.p[0] > 'Z')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '_')
			return false;
	return true;
}

static struct str_list
upper_list(struct arena *a, struct str_list list)
{
	struct str *v = arena_array(a, struct str, list.n);

	for (size_t i = 0; i < list.n; i++)
		v[i] = str_upper(a, list.v[i]);
	return (struct str_list){v, list.n};
}

/* Every role of the key's list must be one of roles.names. */
static void
check_role_list(struct config_reader *r, enum config_id id)
{
	struct str_list *list = CONFIG_AT(r->c, &config_keys[id], struct str_list);

	*list = upper_list(&r->c->arena, *list);
	for (size_t i = 0; i < list->n; i++)
		if (!list_has(r->c->roles_names, list->v[i]))
			config_problem(r, id, "has %.*s, which is not in roles.names",
				       STR_ARG(list->v[i]));
}

static void
check_roles(struct config_reader *r)
{
	struct config *c = r->c;

	c->roles_names = upper_list(&c->arena, c->roles_names);
	c->role_default_effective = str_upper(&c->arena, c->roles_default);
	for (size_t i = 0; i < c->roles_names.n; i++)
		if (!role_ok(c->roles_names.v[i]))
			config_problem(r, ID_roles_names,
				       "has \"%.*s\": a role is a letter, then up to 31 letters, "
				       "digits or underscores",
				       STR_ARG(c->roles_names.v[i]));
	if (!list_has(c->roles_names, S("ADMIN")))
		config_problem(r, ID_roles_names, "must have ADMIN");
	check_role_list(r, ID_roles_self_assignable);
	check_role_list(r, ID_mfa_required_roles);
	if (list_has(c->roles_self_assignable, S("ADMIN")))
		config_problem(r, ID_roles_self_assignable, "must not have ADMIN");
	if (!list_has(c->roles_names, c->role_default_effective))
		config_problem(r, ID_roles_default, "must be one of roles.names");
}

static void
check_surfaces(struct config_reader *r)
{
	static const struct str known[] = {{"v1", 2}, {"api", 3}, {"auth", 4}, {"admin", 5}};
	struct str_list all = {known, ARRAY_LEN(known)};
	struct str_list list = r->c->surfaces_enabled;

	for (size_t i = 0; i < list.n; i++)
		if (!list_has(all, list.v[i]))
			config_problem(r, ID_surfaces_enabled,
				       "has \"%.*s\"; the surfaces are v1, api, auth and admin",
				       STR_ARG(list.v[i]));
}

void
config_check(struct config_reader *r)
{
	struct config *c = r->c;

	check_server(r);
	check_database(r);
	check_messages(r);
	check_link(r, ID_links_verify_email);
	check_link(r, ID_links_reset_password);
	check_link(r, ID_links_undo);
	check_link(r, ID_links_restore);
	config_check_kyc(r);
	check_keys(r);
	check_roles(r);
	check_surfaces(r);
	c->token_audience_effective =
		str_absent(c->token_audience) ? c->server_public_url : c->token_audience;
}
