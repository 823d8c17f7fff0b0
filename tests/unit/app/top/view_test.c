/* What is seen, and what keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/top/view.h"
#include "unit/app/printed.h"
#include "unit/app/top/readings.h"

static char *seen(const struct brink_top_view *view, const struct brink_top_sample *sample)
{
    struct printed printed;
    assert_true(brink_top_view_write(printed_begin(&printed), view, sample, 1100.5));
    (void)printed_end(&printed);
    return printed.text;
}

static void all_of_it_fits_on_a_small_terminal(void **state)
{
    (void)state;
    struct brink_top_sample sample = readings_two();
    struct brink_top_view view = {.address = "unix:/x"};
    char *text = seen(&view, &sample);
    assert_string_equal(
        text, "brink 9.9 at unix:/x, up 1m40s\n"
              "clients 5 of 50, 7 accepted, 2/s new; cpu 100%; buffered 2 KiB\n"
              "\n"
              "TOTAL       CLIENTS/S  UPSTREAMS/S  CLIENTS  UPSTREAMS\n"
              "frames            235           35      570         80\n"
              "bytes             0 B          0 B     2048          0\n"
              "frames cut          0            0        1          2\n"
              "\n"
              "LISTENER  CLIENTS  FRAMES/S  REPLY/S  IN/S  OUT/S    P50    P99  CUT\n"
              "front           2       200        0     0      0  1.5ms  2.0ms    3\n"
              "alpha           3         0        0     0      0      -      -    0\n"
              "\n"
              "SERVER  STATE   FOR  WEIGHT  CONNS  FRAMES/S  REPLY  FAILS\n"
              "pair/b  up     5.0s       1      1         1  1.0ms      6\n"
              "pair/a  down     0s       0      4         0      -      0\n"
              "\n"
              "WORKER   CPU  CLIENTS  FRAMES/S  TURNS/S  LONG-TURNS  LONGEST  BUFFERED\n"
              "     0  100%        0       200        0           0    12 ms       0 B\n");
    assert_true(strlen(brink_top_view_keys) <= 80);
    free(text);
    brink_top_sample_free(&sample);
}

static void one_part_is_shown_and_sorted(void **state)
{
    (void)state;
    struct brink_top_sample sample = readings_two();
    struct brink_top_view view = {
        .address = "x", .part = BRINK_TOP_SERVERS, .sort = BRINK_TOP_CLIENTS};
    char *text = seen(&view, &sample);
    assert_null(strstr(text, "LISTENER"));
    assert_null(strstr(text, "WORKER"));
    assert_true(strstr(text, "pair/a") < strstr(text, "pair/b"));
    free(text);
    view.part = BRINK_TOP_LISTENERS;
    view.sort = BRINK_TOP_NAME;
    text = seen(&view, &sample);
    assert_true(strstr(text, "alpha") < strstr(text, "front"));
    free(text);
    view.sort = BRINK_TOP_FRAMES;
    text = seen(&view, &sample);
    assert_true(strstr(text, "front") < strstr(text, "alpha"));
    free(text);
    view.part = BRINK_TOP_WORKERS;
    text = seen(&view, &sample);
    assert_non_null(strstr(text, "WORKER"));
    free(text);
    brink_top_sample_free(&sample);
}

static void trouble_is_told_and_what_is_old_stays(void **state)
{
    (void)state;
    struct brink_top_sample none = {.now = NULL};
    struct brink_top_sample sample = readings_two();
    struct brink_top_view view = {.address = "x", .trouble = "nobody answers", .paused = true};
    char *text = seen(&view, &none);
    assert_string_equal(text, "nobody answers; trying again\n");
    free(text);
    text = seen(&view, &sample);
    assert_non_null(strstr(text, "up 1m40s [paused]\nno answer, this is old: nobody answers\n"));
    assert_non_null(strstr(text, "\nfront "));
    free(text);
    view.trouble = NULL;
    text = seen(&view, &none);
    assert_string_equal(text, "waiting for an answer; trying again\n");
    free(text);
    brink_top_sample_free(&sample);
}

static void keys_change_it(void **state)
{
    (void)state;
    struct brink_top_view view = {.address = "x"};
    static const struct {
        int key;
        enum brink_top_part part;
        enum brink_top_sort sort;
    } keys[] = {
        {'l', BRINK_TOP_LISTENERS, BRINK_TOP_AS_IS}, {'s', BRINK_TOP_SERVERS, BRINK_TOP_AS_IS},
        {'w', BRINK_TOP_WORKERS, BRINK_TOP_AS_IS},   {'a', BRINK_TOP_ALL, BRINK_TOP_AS_IS},
        {'n', BRINK_TOP_ALL, BRINK_TOP_NAME},        {'c', BRINK_TOP_ALL, BRINK_TOP_CLIENTS},
        {'f', BRINK_TOP_ALL, BRINK_TOP_FRAMES},      {'b', BRINK_TOP_ALL, BRINK_TOP_BYTES},
        {'x', BRINK_TOP_ALL, BRINK_TOP_BYTES},       {0, BRINK_TOP_ALL, BRINK_TOP_BYTES},
        {0x1ff, BRINK_TOP_ALL, BRINK_TOP_BYTES},     {'o', BRINK_TOP_ALL, BRINK_TOP_AS_IS}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_true(brink_top_view_key(&view, keys[i].key));
        assert_int_equal(view.part, keys[i].part);
        assert_int_equal(view.sort, keys[i].sort);
    }
    assert_true(brink_top_view_key(&view, 'r'));
    assert_true(view.reverse);
    assert_true(brink_top_view_key(&view, 'p'));
    assert_true(view.paused);
    assert_true(brink_top_view_key(&view, ' '));
    assert_false(view.paused);
    assert_false(brink_top_view_key(&view, 'q'));
}

static void names_that_are_long_are_cut(void **state)
{
    (void)state;
    struct brink_top_sample sample = {.now = NULL};
    struct brink_top_view view = {.address = "x", .part = BRINK_TOP_SERVERS};
    readings_add(&sample, "{\"upstreams\":[{\"name\":\"0123456789\",\"servers\":[{\"name\":"
                          "\"abcdefghijklmnopqrstuvwxyz\",\"address\":\"y\"}]}],\"listeners\":"
                          "[{\"name\":\"abcdefghijklmnopqrstuvwxyz\"}]}");
    char *text = seen(&view, &sample);
    assert_non_null(strstr(text, "\nghijklmnopqrstuvwxyz ")); /* the end tells them apart */
    free(text);
    view.part = BRINK_TOP_LISTENERS;
    text = seen(&view, &sample);
    assert_non_null(strstr(text, "\nabcdefghijklmn "));
    free(text);
    brink_top_sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_fits_on_a_small_terminal),
        cmocka_unit_test(one_part_is_shown_and_sorted),
        cmocka_unit_test(trouble_is_told_and_what_is_old_stays),
        cmocka_unit_test(keys_change_it),
        cmocka_unit_test(names_that_are_long_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
