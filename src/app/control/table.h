/* app/control/table.h - text in columns, for people. */
#ifndef BRINK_APP_CONTROL_TABLE_H
#define BRINK_APP_CONTROL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { BRINK_TABLE_COLUMNS = 24, BRINK_TABLE_CELL = 160 };

struct brink_table_column {
    const char *title;
    bool right; /* numbers */
};

/* Invariant: `cells` has count texts of BRINK_TABLE_CELL bytes, row by row. */
struct brink_table {
    const struct brink_table_column *columns;
    size_t width; /* columns */
    char (*cells)[BRINK_TABLE_CELL];
    size_t count;
    size_t room;
    bool failed; /* no memory: it is not whole */
};

void brink_table_begin(struct brink_table *table, const struct brink_table_column *columns,
                       size_t width);

/* The next cell; what does not fit is cut, control characters become '?'. NULL: "-". */
void brink_table_text(struct brink_table *table, const char *text);
void brink_table_count(struct brink_table *table, uint64_t value);

/* The titles and the rows, two blanks between columns, none at a line's end. False if there was no
 * memory. Frees it. */
bool brink_table_end(struct brink_table *table, FILE *out);

#endif
