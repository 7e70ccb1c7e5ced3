/*
 * Shapes of addresses, checked when the program starts so that a slip is told with its line, and
 * not by the first mail that does not go out. Whoever uses an address still parses it with its own
 * library.
 */
#include "base/config_url.h"

#include "base/net.h"

#define SOCKET_NAME_MOST 107

static bool
all_in(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || !strchr(others, c)))
			return false;
	}
	return true;
}

static bool
port_ok(struct str s)
{
	int64_t port;

	return s.n > 0 && s.n <= 5 && s.p[0] != '-' && str_int(s, &port) && port <= 65535;
}

/* Cuts the host off; what is left begins at the colon of a port, or is empty. */
static bool
take_host(struct str *s)
{
	ptrdiff_t end;
	struct str host;
	struct ip ip;

	if (str_starts(*s, S("["))) {
		end = str_find(*s, ']');
		if (end < 0)
			return false;
		host = (struct str){s->p + 1, (size_t)end - 1};
		if (str_find(host, ':') < 0 || !ip_parse(host, &ip))
			return false;
		*s = str_from(*s, (size_t)end + 1);
		return true;
	}
	end = str_find(*s, ':');
	host = end < 0 ? *s : (struct str){s->p, (size_t)end};
	*s = str_from(*s, host.n);
	return host.n > 0 && host.n <= 253 && all_in(host, ".-_");
}

static bool
authority_ok(struct str s, bool port_needed)
{
	if (!take_host(&s))
		return false;
	if (s.n == 0)
		return !port_needed;
	return s.p[0] == ':' && port_ok(str_from(s, 1));
}

bool
listen_ok(struct str s)
{
	if (str_starts(s, S("unix:/")))
		return s.n > 6 && s.n - 5 <= SOCKET_NAME_MOST;
	return authority_ok(s, true);
}

/* Splits "scheme://rest"; false when it is not of that form. */
static bool
take_scheme(struct str *s, struct str *scheme)
{
	if (str_find(*s, ':') <= 0 || !str_cut(s, ':', scheme) || !str_starts(*s, S("//")))
		return false;
	*s = str_from(*s, 2);
	return all_in(*scheme, "+-.");
}

bool
origin_ok(struct str s)
{
	struct str scheme;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return false;
	return take_scheme(&s, &scheme) && authority_ok(s, false);
}

static struct str
take_authority(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#')
		n++;
	return (struct str){s.p, n};
}

bool
url_ok(struct str s, const char *schemes)
{
	struct str scheme, authority, user, allowed = str_of(schemes), word;
	bool known = false;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F || s.p[i] == '"' || s.p[i] == '<' ||
		    s.p[i] == '>')
			return false;
	if (!take_scheme(&s, &scheme))
		return false;
	while (str_cut(&allowed, ' ', &word))
		known |= str_eq(word, scheme);
	authority = take_authority(s);
	if (str_find(authority, '@') >= 0)
		str_cut(&authority, '@', &user);
	return known && authority_ok(authority, false);
}

bool
url_has_query(struct str s)
{
	return str_find(s, '?') >= 0 || str_find(s, '#') >= 0;
}

bool
url_has_user(struct str s)
{
	struct str scheme;

	return take_scheme(&s, &scheme) && str_find(take_authority(s), '@') >= 0;
}

bool
url_is_guarded(struct str s)
{
	struct str rest = s, scheme;

	if (!url_ok(s, "http https") || url_has_user(s) || str_find(s, '#') >= 0)
		return false;
	take_scheme(&rest, &scheme);
	return str_eq(scheme, S("https")) || host_is_loopback(url_host(take_authority(rest)));
}

static bool
mail_address_ok(struct str s)
{
	struct str local, domain = s;

	return str_cut(&domain, '@', &local) && local.n > 0 && local.n <= 64 &&
	       all_in(local, "!#$%&'*+-/=?^_`{|}~.") && domain.n > 0 && domain.n <= 253 &&
	       all_in(domain, "-.");
}

bool
sender_ok(struct str s)
{
	ptrdiff_t open = str_find(s, '<');

	if (!utf8_valid(s) || utf8_has_control(s))
		return false;
	if (open < 0)
		return mail_address_ok(s);
	return str_ends(s, S(">")) &&
	       mail_address_ok((struct str){s.p + open + 1, s.n - (size_t)open - 2});
}
