/* Columns stand one under the other, whatever is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/control/table.h"
#include "unit/app/written.h"

static const struct brink_table_column columns[] = {{"NAME", false}, {"N", true}, {"END", false}};

static char *written_table(struct brink_table *table)
{
    struct written written;
    assert_true(brink_table_end(table, written_begin(&written)));
    return written_end(&written);
}

static void words_stand_left_and_numbers_right(void **state)
{
    (void)state;
    struct brink_table table;
    brink_table_begin(&table, columns, 3);
    brink_table_text(&table, "a");
    brink_table_count(&table, 12345);
    brink_table_text(&table, "x");
    brink_table_text(&table, "longer");
    brink_table_count(&table, 7);
    brink_table_text(&table, NULL);
    char *text = written_table(&table);
    assert_string_equal(text, "NAME        N  END\n"
                              "a       12345  x\n"
                              "longer      7  -\n");
    free(text);
}

static void without_rows_there_are_titles(void **state)
{
    (void)state;
    struct brink_table table;
    brink_table_begin(&table, columns, 3);
    char *text = written_table(&table);
    assert_string_equal(text, "NAME  N  END\n");
    free(text);
}

static void what_a_terminal_would_obey_is_not_written(void **state)
{
    (void)state;
    struct brink_table table;
    char endless[3 * BRINK_TABLE_CELL] = "";
    brink_table_begin(&table, columns, 1);
    brink_table_text(&table, "a\033[2Jb\n\177");
    brink_table_text(&table, "\303\244\303\266"); /* two characters of two bytes */
    while (strlen(endless) < sizeof endless - 3)
        (void)strncat(endless, "\303\244", 3);
    brink_table_text(&table, endless);
    char *text = written_table(&table);
    assert_non_null(strstr(text, "\na?[2Jb??\n\303\244\303\266\n"));
    const char *cut = strrchr(text, '\n') - 2;
    assert_memory_equal(cut, "\303\244\n", 3); /* no half of one */
    free(text);
}

static void many_rows_fit(void **state)
{
    (void)state;
    struct brink_table table;
    brink_table_begin(&table, columns, 1);
    for (uint64_t i = 0; i < 1000; i++)
        brink_table_count(&table, i);
    char *text = written_table(&table);
    assert_non_null(strstr(text, "\n998\n999\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stand_left_and_numbers_right),
        cmocka_unit_test(without_rows_there_are_titles),
        cmocka_unit_test(what_a_terminal_would_obey_is_not_written),
        cmocka_unit_test(many_rows_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
