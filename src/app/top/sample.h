/* app/top/sample.h - two readings of /stats.json, and what happened between them. */
#ifndef BRINK_APP_TOP_SAMPLE_H
#define BRINK_APP_TOP_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>

/* Invariant: `before` is of the same run of brink as `now`, `seconds` earlier, more than 0; or it
 * is NULL, and so are rates 0. */
struct brink_top_sample {
    json_t *now; /* NULL: there is none yet */
    json_t *before;
    double seconds;
};

/* Takes a reading over: the one that was `now` is `before`. */
void brink_top_sample_add(struct brink_top_sample *sample, json_t *stats);
void brink_top_sample_free(struct brink_top_sample *sample);

/* The object of a list before that has the same value for `key` as `now`; NULL: it is new, or there
 * is no list before. */
const json_t *brink_top_sample_before(const json_t *list, const json_t *now, const char *key);

/* How much a count, or a number of seconds, grew in a second; 0 if there is no `before`, or it is
 * less. */
double brink_top_sample_rate(const struct brink_top_sample *sample, const json_t *now,
                             const json_t *before, const char *key, const char *part);

/* The same over all objects of a list of the readings. */
double brink_top_sample_sum_rate(const struct brink_top_sample *sample, const char *list,
                                 const char *key, const char *part);

/* What `share` of the values of a histogram ({"bounds", "counts"}) that came in between are at or
 * below, as near as its bounds tell; of all, if there is no `before`. 0 if there were none. */
double brink_top_sample_percentile(const json_t *now, const json_t *before, double share);

#endif
