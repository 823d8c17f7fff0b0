#include "app/top/rows.h"

#include <stdlib.h>
#include <string.h>

#include "app/control/value.h"

enum { FIRST_ROOM = 64 };

static struct brink_top_row *next_row(struct brink_top_rows *rows)
{
    if (rows->count == rows->room) {
        size_t room = rows->room > 0 ? 2 * rows->room : FIRST_ROOM;
        struct brink_top_row *more = realloc(rows->rows, room * sizeof *more);
        rows->failed |= more == NULL;
        if (more == NULL)
            return NULL;
        rows->rows = more;
        rows->room = room;
    }
    return &rows->rows[rows->count++];
}

void brink_top_rows_add(struct brink_top_rows *rows, const json_t *now, const json_t *before,
                        const char *key, const char *owner)
{
    for (size_t i = 0; i < json_array_size(now); i++) {
        struct brink_top_row *row = next_row(rows);
        if (row == NULL)
            return;
        const json_t *object = json_array_get(now, i);
        *row = (struct brink_top_row){
            .now = object, .before = brink_top_sample_before(before, object, key), .owner = owner};
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct brink_top_row *one = a;
    const struct brink_top_row *other = b;
    if (one->weight != other->weight)
        return one->weight > other->weight ? -1 : 1;
    return one->index < other->index ? -1 : 1;
}

static int by_name(const void *a, const void *b)
{
    const struct brink_top_row *one = a;
    const struct brink_top_row *other = b;
    const char *first = brink_value_text(one->now, "name");
    const char *second = brink_value_text(other->now, "name");
    int order = one->owner != NULL && other->owner != NULL ? strcmp(one->owner, other->owner) : 0;
    if (order == 0 && first != NULL && second != NULL)
        order = strcmp(first, second);
    return order != 0 ? order : one->index < other->index ? -1 : 1;
}

void brink_top_rows_sort(struct brink_top_rows *rows, const struct brink_top_sample *sample,
                         const struct brink_top_view *view, brink_top_weigh *weigh)
{
    for (size_t i = 0; i < rows->count; i++) {
        rows->rows[i].index = i;
        rows->rows[i].weight = weigh(sample, &rows->rows[i], view->sort);
    }
    if (rows->count > 1 && view->sort != BRINK_TOP_AS_IS)
        qsort(rows->rows, rows->count, sizeof *rows->rows,
              view->sort == BRINK_TOP_NAME ? by_name : by_weight);
    for (size_t i = 0; i < rows->count / 2 && view->reverse; i++) {
        struct brink_top_row row = rows->rows[i];
        rows->rows[i] = rows->rows[rows->count - 1 - i];
        rows->rows[rows->count - 1 - i] = row;
    }
}

void brink_top_rows_free(struct brink_top_rows *rows)
{
    free(rows->rows);
    *rows = (struct brink_top_rows){.rows = NULL};
}
