/* What the demo says, and when it calls itself good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/demo/report.h"
#include "unit/app/printed.h"

static struct brink_demo_report good(void)
{
    struct brink_demo_report report = {.elapsed_ns = 2000000000, .drained = true};
    report.load.frames = 1000;
    report.load.bytes = 4 * 1024 * 1024;
    for (uint64_t i = 1; i <= 100; i++)
        brink_latency_add(&report.load.latency, i * 1000);
    return report;
}

static void test_good_run(void **state)
{
    (void)state;
    struct brink_demo_report report = good();
    struct printed printed;
    assert_true(brink_demo_report_good(&report));
    brink_demo_report_print(&report, printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_has(text, "frames       1000 there and back");
    assert_has(text, "bytes        4 MiB each way");
    assert_has(text, "rate         500 frames/s, 2 MiB/s");
    assert_has(text, "max 100 us");
    assert_has(text, "frames cut   0\n");
    assert_has(text, "Every byte came back as it was sent.");
    assert_has(text, "brink ping 127.0.0.1:7000");
    assert_null(strchr(text, '\r'));
    printed_free(&printed);
}

static void is_bad(const struct brink_demo_report *report, const char *part)
{
    struct printed printed;
    assert_false(brink_demo_report_good(report));
    brink_demo_report_print(report, printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_has(text, part);
    assert_null(strstr(text, "Every byte"));
    printed_free(&printed);
}

static void test_bad_runs(void **state)
{
    (void)state;
    struct brink_demo_report report = good();
    report.load.different = 3;
    is_bad(&report, "3 frames came back different");
    report = good();
    report.load.failed = 1;
    report.load.failure = brink_fail(ECONNRESET);
    is_bad(&report, "1 clients gave up: Connection reset by peer");
    report = good();
    report.frames_cut = 2;
    is_bad(&report, "Frames were cut");
    report = good();
    report.drained = false;
    is_bad(&report, "Frames were cut");
    report = good();
    report.load.frames = 0;
    is_bad(&report, "No frame came back");
}

static void test_progress_is_one_line(void **state)
{
    (void)state;
    struct brink_demo_report report = good();
    struct printed printed;
    brink_demo_report_progress(&report, printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_int_equal(text[0], '\r');
    assert_null(strchr(text, '\n'));
    assert_has(text, "2.0 s");
    assert_has(text, "1000 frames");
    assert_has(text, "2 MiB/s");
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_run),
        cmocka_unit_test(test_bad_runs),
        cmocka_unit_test(test_progress_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
