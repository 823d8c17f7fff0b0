/* app/admin/figure.h - a figure of a structure as text. */
#ifndef BRINK_APP_ADMIN_FIGURE_H
#define BRINK_APP_ADMIN_FIGURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/admin/fields.h"
#include "brink/histogram.h"
#include "brink/stream.h"

/* Figures that have parts: whether there are so many for each side, the client's first; how many;
 * what the label is called that tells these apart (NULL: there is one, without a label); and what
 * each is called: a name may be NULL, then it is not told. */
struct brink_admin_parts {
    bool by_side;
    size_t count;
    const char *label;
};
struct brink_admin_parts brink_admin_parts_of(enum brink_admin_form form);
const char *brink_admin_part_name(enum brink_admin_form form, size_t part);
const char *brink_admin_side_name(size_t side);

/* Writes one part of a field of `stats` as a number: 0 or 1 for a bool and for a state. `side` is 0
 * where there are none. Not for histograms. */
void brink_admin_figure_write(FILE *out, const struct brink_admin_field *field, const void *stats,
                              size_t side, size_t part);

/* The histogram of a side, for the forms that are one; else NULL. */
const struct brink_histogram *brink_admin_histogram_of(const struct brink_admin_field *field,
                                                       const void *stats, size_t side);
enum brink_histogram_kind brink_admin_histogram_kind(enum brink_admin_form form);

/* Writes a value of a histogram's: bytes, or microseconds as seconds, without zeros at the end. */
void brink_admin_value_write(FILE *out, enum brink_histogram_kind kind, uint64_t value);

#endif
