/* What people read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/report.h"
#include "unit/app/printed.h"

static struct brink_load_options options;
static struct brink_load_result result;

static int set_up(void **state)
{
    (void)state;
    options = (struct brink_load_options){.target = "127.0.0.1:5882",
                                          .frame = "u32le",
                                          .sizes_text = "64",
                                          .connections = 8,
                                          .in_flight = 1,
                                          .threads = 1,
                                          .duration_ms = 2500};
    memset(&result, 0, sizeof result);
    brink_latency_init(&result.latency);
    result.frames = 1000;
    result.bytes = 68000;
    result.elapsed_ns = 500000000;
    result.opened = 8;
    result.user_ns = 1000000;
    result.system_ns = 4000000;
    for (uint64_t i = 1; i <= 1000; i++)
        brink_latency_add(&result.latency, i * 1000);
    return 0;
}

static const char *report(struct printed *printed)
{
    brink_load_report_print(&options, &result, printed_begin(printed));
    return printed_end(printed);
}

static const char *intro(struct printed *printed)
{
    brink_load_report_begin(&options, printed_begin(printed));
    return printed_end(printed);
}

static void test_intro(void **state)
{
    (void)state;
    struct printed printed;
    assert_string_equal(intro(&printed), "127.0.0.1:5882: frame u32le, payload of 64 bytes\n"
                                         "8 connections, 1 frame in flight on each, for 2.5 s\n");
    printed_free(&printed);
    options.connections = 1;
    options.idle = 100;
    options.threads = 2;
    options.in_flight = 16;
    options.churn = 5;
    options.rate = 1000;
    options.count = 50;
    options.verify = true;
    assert_string_equal(intro(&printed),
                        "127.0.0.1:5882: frame u32le, payload of 64 bytes, each reply compared\n"
                        "1 connection and 100 silent, 2 threads, 16 frames in flight on each, made "
                        "anew after 5, 1000 frames/s, 50 frames\n");
    printed_free(&printed);
    options.one_way = true;
    assert_has(intro(&printed), "2 threads, one way, ");
    printed_free(&printed);
}

static void test_good_run(void **state)
{
    (void)state;
    struct printed printed;
    const char *text = report(&printed);
    assert_has(text, "frames       1000 there and back in 0.500 s\n");
    assert_has(text, "rate         2000 frames/s, 132.8 KiB/s sent\n");
    assert_has(text, "connections  8 opened\n");
    assert_has(text, "own cpu      5.00 us a frame, 1% of a core\n");
    assert_has(text, "errors       0\n");
    assert_has(text, "unanswered   0\n");
    assert_has(text, "    min     1.00 us\n");
    assert_has(text, "    p50     502 us\n");
    assert_has(text, "    p99.99  1.00 ms\n");
    assert_has(text, "    max     1.00 ms\n");
    assert_has(text, "####");
    assert_null(strstr(text, "different"));
    assert_null(strstr(text, "never sent"));
    assert_true(brink_load_report_good(&options, &result));
    printed_free(&printed);
}

static void is_bad(const char *part)
{
    struct printed printed;
    assert_has(report(&printed), part);
    assert_false(brink_load_report_good(&options, &result));
    printed_free(&printed);
}

static void test_bad_runs(void **state)
{
    options.verify = true;
    result.different = 3;
    is_bad("  different    3\n");
    set_up(state);
    result.errors = 2;
    brink_load_troubles_add(&result.troubles, BRINK_LOAD_CONNECTING, ECONNREFUSED, 2);
    is_bad("  errors       2\n    2 x connecting: Connection refused\n");
    set_up(state);
    options.verify = true;
    result.unasked = 1;
    is_bad("  unasked      1 replies that answer nothing\n");
    set_up(state);
    result.unanswered = 1;
    is_bad("  unanswered   1\n");
    set_up(state);
    result.gone = true;
    result.gone_for = (struct brink_load_reason){BRINK_LOAD_AT_WORK, ECONNRESET, 1};
    is_bad("  ended early  no connection was left; at work: Connection reset by peer\n");
    set_up(state);
    result.errors = 1;
    (void)snprintf(result.troubles.no_frame, sizeof result.troubles.no_frame, "header=48545450");
    is_bad("the first that was no frame: header=48545450\n");
}

static void test_fixed_rate(void **state)
{
    (void)state;
    struct printed printed;
    options.rate = 1000;
    result.unsent = 12;
    const char *text = report(&printed);
    assert_has(text, "  never sent   12, as no connection was free for them\n");
    assert_has(text, "latency, from the time at which each frame was due\n");
    assert_true(brink_load_report_good(&options, &result));
    printed_free(&printed);
}

static void test_one_way(void **state)
{
    (void)state;
    struct printed printed;
    options.one_way = true;
    brink_latency_init(&result.latency);
    const char *text = report(&printed);
    assert_has(text, "frames       1000 sent in 0.500 s\n");
    assert_null(strstr(text, "latency"));
    printed_free(&printed);
}

static void test_progress_is_one_line(void **state)
{
    (void)state;
    struct printed printed;
    brink_load_report_progress(&result, printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_has(text, "\r   0.5 s   2000 frames/s   132.8 KiB/s   0 errors");
    assert_null(strchr(text, '\n'));
    printed_free(&printed);
}

static void test_nothing_came_back(void **state)
{
    (void)state;
    struct printed printed;
    memset(&result, 0, sizeof result);
    assert_has(report(&printed), "frames       0 there and back in 0.000 s\n");
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_intro, set_up),
        cmocka_unit_test_setup(test_good_run, set_up),
        cmocka_unit_test_setup(test_bad_runs, set_up),
        cmocka_unit_test_setup(test_fixed_rate, set_up),
        cmocka_unit_test_setup(test_one_way, set_up),
        cmocka_unit_test_setup(test_progress_is_one_line, set_up),
        cmocka_unit_test_setup(test_nothing_came_back, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
