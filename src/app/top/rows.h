/* app/top/rows.h - the objects of a list with their readings before, in the order that is wanted.
 */
#ifndef BRINK_APP_TOP_ROWS_H
#define BRINK_APP_TOP_ROWS_H

#include "app/top/view.h"

struct brink_top_row {
    const json_t *now;
    const json_t *before;
    const char *owner; /* of a server: its upstream's name */
    double weight;     /* that it is sorted by */
    size_t index;      /* where it stood: what is equal stays as it is */
};

struct brink_top_rows {
    struct brink_top_row *rows;
    size_t count;
    size_t room;
    bool failed; /* no memory: it is not whole */
};

/* What a row is sorted by: the more, the higher. */
typedef double brink_top_weigh(const struct brink_top_sample *sample,
                               const struct brink_top_row *row, enum brink_top_sort sort);

/* Adds the objects of `now`; `key` tells them apart. */
void brink_top_rows_add(struct brink_top_rows *rows, const json_t *now, const json_t *before,
                        const char *key, const char *owner);

void brink_top_rows_sort(struct brink_top_rows *rows, const struct brink_top_sample *sample,
                         const struct brink_top_view *view, brink_top_weigh *weigh);

void brink_top_rows_free(struct brink_top_rows *rows);

#endif
