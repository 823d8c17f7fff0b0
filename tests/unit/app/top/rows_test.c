/* The order of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/control/value.h"
#include "app/top/rows.h"
#include "unit/app/top/readings.h"

static double by_clients(const struct brink_top_sample *sample, const struct brink_top_row *row,
                         enum brink_top_sort sort)
{
    (void)sample;
    (void)sort;
    return brink_value_number(row->now, "clients", NULL);
}

static void assert_order(enum brink_top_sort sort, bool reverse, const char *order)
{
    struct brink_top_sample sample = readings_two();
    struct brink_top_view view = {.sort = sort, .reverse = reverse};
    struct brink_top_rows rows = {.rows = NULL};
    json_t *list = json_loads("[{\"name\":\"c\",\"clients\":1},{\"name\":\"a\",\"clients\":3},"
                              "{\"name\":\"d\",\"clients\":3},{\"name\":\"b\",\"clients\":2}]",
                              0, NULL);
    brink_top_rows_add(&rows, list, list, "name", NULL);
    brink_top_rows_sort(&rows, &sample, &view, by_clients);
    assert_int_equal(rows.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(brink_value_text(rows.rows[i].now, "name")[0], order[i]);
        assert_ptr_equal(rows.rows[i].now, rows.rows[i].before);
    }
    brink_top_rows_free(&rows);
    json_decref(list);
    brink_top_sample_free(&sample);
}

static void they_stand_as_they_are_wanted(void **state)
{
    (void)state;
    assert_order(BRINK_TOP_AS_IS, false, "cadb");
    assert_order(BRINK_TOP_AS_IS, true, "bdac");
    assert_order(BRINK_TOP_NAME, false, "abcd");
    assert_order(BRINK_TOP_CLIENTS, false, "adbc");
    assert_order(BRINK_TOP_CLIENTS, true, "cbda");
}

static void of_servers_the_upstreams_stay_together(void **state)
{
    (void)state;
    struct brink_top_view view = {.sort = BRINK_TOP_NAME};
    struct brink_top_sample sample = {.now = NULL};
    struct brink_top_rows rows = {.rows = NULL};
    json_t *list = json_loads("[{\"name\":\"y\"},{\"name\":\"x\"}]", 0, NULL);
    brink_top_rows_add(&rows, list, NULL, "name", "u2");
    brink_top_rows_add(&rows, list, NULL, "name", "u1");
    brink_top_rows_sort(&rows, &sample, &view, by_clients);
    assert_string_equal(rows.rows[0].owner, "u1");
    assert_string_equal(brink_value_text(rows.rows[0].now, "name"), "x");
    assert_string_equal(rows.rows[1].owner, "u1");
    assert_string_equal(rows.rows[3].owner, "u2");
    assert_null(rows.rows[0].before);
    brink_top_rows_free(&rows);
    json_decref(list);
}

static void there_may_be_many_or_none(void **state)
{
    (void)state;
    struct brink_top_view view = {.sort = BRINK_TOP_CLIENTS, .reverse = true};
    struct brink_top_sample sample = {.now = NULL};
    struct brink_top_rows rows = {.rows = NULL};
    brink_top_rows_add(&rows, NULL, NULL, "name", NULL);
    brink_top_rows_sort(&rows, &sample, &view, by_clients);
    assert_int_equal(rows.count, 0);
    json_t *list = json_array();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(json_array_append_new(list, json_pack("{s:i}", "clients", i % 10)), 0);
    brink_top_rows_add(&rows, list, NULL, "name", NULL);
    brink_top_rows_sort(&rows, &sample, &view, by_clients);
    for (size_t i = 1; i < rows.count; i++)
        assert_true(rows.rows[i].weight >= rows.rows[i - 1].weight);
    assert_int_equal(rows.count, 1000);
    brink_top_rows_free(&rows);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_stand_as_they_are_wanted),
        cmocka_unit_test(of_servers_the_upstreams_stay_together),
        cmocka_unit_test(there_may_be_many_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
