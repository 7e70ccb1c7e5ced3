/*
 * Where an address is, by a MaxMind-format database (geo.database). Without one, or with one that
 * can't be read, every address is nowhere and all else goes on. docs/geo.md.
 */
#ifndef DOMAIN_GEO_H
#define DOMAIN_GEO_H

#include "base/config.h"
#include "base/ctx.h"

struct geo;

struct geo_spot {
	struct str country;          /* ISO 3166-1, two letters; absent: not known */
	struct str city;             /* in English; absent: not known */
	bool placed;                 /* the coordinates are known */
	int64_t latitude, longitude; /* millionths of a degree */
};

/* *out is NULL when no database is configured. Nothing is read yet. */
MUST_CHECK enum err geo_open(const struct config *config, struct geo **out);
void geo_close(struct geo *g);
/* Reads the file when it is new or has changed; one that can't be used is logged, and the one
 * before stays. */
void geo_refresh(struct ctx *cx);

/* Texts live in cx's arena. */
void geo_find(struct ctx *cx, struct str ip, struct geo_spot *out);
/* Kilometres along the ground. */
double geo_distance(int64_t latitude, int64_t longitude, int64_t to_latitude, int64_t to_longitude);

#endif
