/* What machines read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "app/load/json.h"
#include "unit/app/printed.h"

static void test_ready(void **state)
{
    (void)state;
    struct brink_load_options options = {.connections = 8, .idle = 3};
    struct printed printed;
    brink_load_json_ready(&options, printed_begin(&printed));
    assert_string_equal(printed_end(&printed),
                        "{\"event\":\"ready\",\"connections\":8,\"idle\":3}\n");
    printed_free(&printed);
}

static void test_result(void **state)
{
    (void)state;
    static struct brink_load_result result = {.frames = 4,
                                              .bytes = 272,
                                              .elapsed_ns = 2000000000,
                                              .opened = 8,
                                              .errors = 2,
                                              .different = 1,
                                              .unanswered = 5,
                                              .unsent = 6,
                                              .unasked = 7,
                                              .user_ns = 11,
                                              .system_ns = 12};
    struct brink_load_options options = {.connections = 8};
    struct printed printed;
    brink_latency_init(&result.latency);
    for (uint64_t ns = 100; ns <= 250; ns += 50)
        brink_latency_add(&result.latency, ns);
    brink_load_troubles_add(&result.troubles, BRINK_LOAD_AT_WORK, ECONNABORTED, 2);
    brink_load_json_result(&options, &result, printed_begin(&printed));
    assert_string_equal(
        printed_end(&printed),
        "{\"event\":\"result\",\"frames\":4,\"bytes\":272,\"seconds\":2.000000,"
        "\"frames_per_second\":2.0,\"opened\":8,\"errors\":2,\"different\":1,\"unanswered\":5,"
        "\"unsent\":6,\"unasked\":7,\"latency_ns\":{\"min\":100,\"mean\":175,\"p50\":150,"
        "\"p90\":250,\"p99\":250,\"p99_9\":250,\"p99_99\":250,\"max\":250},"
        "\"cpu_ns\":{\"user\":11,\"system\":12},\"reasons\":[{\"count\":2,\"why\":\"at work: the "
        "peer closed the connection\"}]}\n");
    printed_free(&printed);
}

static void test_one_way_has_no_latency(void **state)
{
    (void)state;
    static struct brink_load_result result;
    struct brink_load_options options = {.one_way = true};
    struct printed printed;
    brink_load_json_result(&options, &result, printed_begin(&printed));
    const char *text = printed_end(&printed);
    assert_has(text, "\"frames_per_second\":0.0,");
    assert_has(text, "\"latency_ns\":null,");
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_one_way_has_no_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
