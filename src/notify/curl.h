/*
 * libcurl, opened on first use: it brings some 25 more libraries, which a server that prints its
 * mail or has none to send need not load. Only the headers are needed at build.
 */
#ifndef NOTIFY_CURL_H
#define NOTIFY_CURL_H

#include "base/base.h"

#include <curl/curl.h>

struct curl_api {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *handle);
	void (*easy_reset)(CURL *handle);
	CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
	CURLcode (*easy_perform)(CURL *handle);
	CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
};

/* The same table for all, for the life of the process; NULL when the library can't be opened (and
 * is tried anew at the next call). */
const struct curl_api *curl_open(void);
/* What the library's absence means, for a log line. */
#define CURL_MISSING "libcurl.so.4 is missing or unusable: install libcurl4"

#endif
