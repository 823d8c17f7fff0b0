#include "app/control/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void brink_table_begin(struct brink_table *table, const struct brink_table_column *columns,
                       size_t width)
{
    *table = (struct brink_table){.columns = columns, .width = width};
}

static char *next_cell(struct brink_table *table)
{
    if (table->count == table->room) {
        size_t room = table->room > 0 ? 2 * table->room : FIRST_ROOM;
        char(*cells)[BRINK_TABLE_CELL] = realloc(table->cells, room * sizeof *cells);
        table->failed |= cells == NULL;
        if (cells == NULL)
            return NULL;
        table->cells = cells;
        table->room = room;
    }
    return table->cells[table->count++];
}

static bool is_continued(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A name may hold what a terminal would obey. A character that was cut is left out. */
static void clean(char *cell)
{
    size_t length = strlen(cell);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)cell[i] < ' ' || cell[i] == 0x7f)
            cell[i] = '?';
    }
    if (length < BRINK_TABLE_CELL - 1)
        return;
    while (length > 0 && is_continued(cell[length - 1]))
        length--;
    if (length > 0 && (unsigned char)cell[length - 1] >= 0x80)
        length--;
    cell[length] = '\0';
}

void brink_table_text(struct brink_table *table, const char *text)
{
    char *cell = next_cell(table);
    if (cell == NULL)
        return;
    (void)snprintf(cell, BRINK_TABLE_CELL, "%s", text != NULL && text[0] != '\0' ? text : "-");
    clean(cell);
}

void brink_table_count(struct brink_table *table, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    brink_table_text(table, text);
}

/* In characters of one place each, which they nearly all are. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += !is_continued(*text);
    return width;
}

static void put_blanks(size_t count, FILE *out)
{
    for (; count > 0; count--)
        (void)fputc(' ', out);
}

static void put_cell(const struct brink_table *table, const size_t *widths, size_t column,
                     const char *text, FILE *out)
{
    size_t blanks = widths[column] - width_of(text);
    bool last = column + 1 == table->width;
    if (column > 0)
        put_blanks(2, out);
    if (table->columns[column].right)
        put_blanks(blanks, out);
    (void)fputs(text, out);
    if (!table->columns[column].right && !last)
        put_blanks(blanks, out);
    if (last)
        (void)fputc('\n', out);
}

bool brink_table_end(struct brink_table *table, FILE *out)
{
    size_t widths[BRINK_TABLE_COLUMNS];
    bool whole = !table->failed;
    for (size_t i = 0; i < table->width; i++)
        widths[i] = width_of(table->columns[i].title);
    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->width])
            widths[i % table->width] = width;
    }
    for (size_t i = 0; i < table->width && whole; i++)
        put_cell(table, widths, i, table->columns[i].title, out);
    for (size_t i = 0; i < table->count && whole; i++)
        put_cell(table, widths, i % table->width, table->cells[i], out);
    free(table->cells);
    *table = (struct brink_table){.columns = NULL};
    return whole;
}
