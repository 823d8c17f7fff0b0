/* app/admin/figure.h - a figure of a structure as text. */
#ifndef BRINK_APP_ADMIN_FIGURE_H
#define BRINK_APP_ADMIN_FIGURE_H

#include <stdio.h>

#include "app/admin/fields.h"

/* Figures that have parts: how many, what the label is called that tells them apart (NULL: there is
 * one part, without a label), and what each is called; a name may be NULL: that one is not told. */
struct brink_admin_parts {
    size_t count;
    const char *label;
};
struct brink_admin_parts brink_admin_parts_of(enum brink_admin_form form);
const char *brink_admin_part_name(enum brink_admin_form form, size_t part);

/* Writes one part of a field of `stats` as a number: 0 or 1 for a bool and for a state. */
void brink_admin_figure_write(FILE *out, const struct brink_admin_field *field, const void *stats,
                              size_t part);

#endif
