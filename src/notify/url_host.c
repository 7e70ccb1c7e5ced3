/* What messages call the place that they come from is the host of public_url; and a mail server on
 * this machine is known by its host. */
#include "notify/url_host.h"

struct str
url_host(struct str url)
{
	struct str rest = url, authority;
	ptrdiff_t end;

	for (size_t i = 0; i + 3 <= url.n; i++) {
		if (memcmp(url.p + i, "://", 3) == 0) {
			rest = str_from(url, i + 3);
			break;
		}
	}
	if (!str_cut(&rest, '/', &authority))
		return S("");
	while ((end = str_find(authority, '@')) >= 0)
		authority = str_from(authority, (size_t)end + 1);
	if (str_starts(authority, S("[")) && (end = str_find(authority, ']')) > 0)
		return (struct str){authority.p + 1, (size_t)end - 1};
	end = str_find(authority, ':');
	return end < 0 ? authority : (struct str){authority.p, (size_t)end};
}
