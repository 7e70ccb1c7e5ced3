/*
 * What every file of aldgate starts from: the standard headers, a few words for the compiler, and
 * the functions that nobody may call (banned.h comes last, when the headers it spoils are read).
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Times are microseconds since 1970-01-01T00:00:00Z, leap seconds not counted, unless a name says
 * else. */
#define MILLISECOND INT64_C(1000)
#define SECOND (1000 * MILLISECOND)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Ends the process with a line on stderr. For broken invariants only, never for bad input. */
NORETURN void die(const char *format, ...) PRINTF_LIKE(1, 2);

#include "base/banned.h"

#endif
