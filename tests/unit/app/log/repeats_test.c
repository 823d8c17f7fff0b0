/* What repeats is counted; nothing is lost from the count. The clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/log/repeats.h"

static struct brink_repeats repeats;

static int reset(void **state)
{
    (void)state;
    memset(&repeats, 0, sizeof repeats);
    return 0;
}

static bool pass(const char *line, uint64_t now_ms)
{
    return brink_repeats_pass(&repeats, BRINK_LOG_WARN, line, strlen(line), now_ms);
}

/* How many of `count` lines go through. */
static unsigned passed(const char *line, unsigned count, uint64_t now_ms)
{
    unsigned through = 0;
    for (unsigned i = 0; i < count; i++)
        through += pass(line, now_ms);
    return through;
}

/* The next line that tells, "" if there is none. */
static const char *told(uint64_t now_ms)
{
    static char text[BRINK_REPEATS_TEXT_MAX];
    enum brink_log_level level = BRINK_LOG_DEBUG;
    if (!brink_repeats_tell(&repeats, now_ms, text, &level))
        return "";
    assert_int_equal(level, BRINK_LOG_WARN);
    return text;
}

static void ten_in_a_second_go_through(void **state)
{
    (void)state;
    assert_int_equal(passed("event=x peer=1.2.3.4:5", 25, 100), 10);
    assert_string_equal(told(1099), "");
    assert_false(pass("event=x peer=1.2.3.4:9999", 1099));
    assert_string_equal(told(1100), "event=suppressed of=x peer=1.2.3.4 count=16");
    assert_string_equal(told(1100), "");
    assert_int_equal(passed("event=x peer=1.2.3.4:5", 25, 1100), 10);
}

static void ten_that_are_spread_are_not_too_many(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms < 20000; ms += 100)
        assert_true(pass("event=x", ms));
    assert_string_equal(told(UINT64_MAX), "");
}

static void places_are_apart(void **state)
{
    (void)state;
    assert_int_equal(passed("event=x peer=1.2.3.4:5", 11, 0), 10);
    assert_int_equal(passed("event=x peer=1.2.3.5:5", 11, 0), 10);
    assert_int_equal(passed("event=y peer=1.2.3.4:5", 11, 0), 10);
    assert_int_equal(passed("event=x service=relay peer=1.2.3.4:5", 11, 0), 10);
    assert_int_equal(passed("event=x upstream=a server=b", 11, 0), 10);
    assert_int_equal(passed("event=x upstream=ab server=", 11, 0), 10);
    assert_int_equal(passed("event=x peer=[::1]:5", 11, 0), 10);
    assert_int_equal(passed("event=x peer=[::1]:6", 11, 0), 0);
    unsigned lines = 0;
    while (*told(1000) != '\0')
        lines++;
    assert_int_equal(lines, 7);
}

static void what_must_be_told_is(void **state)
{
    (void)state;
    static const char *const always[] = {"event=close peer=1.2.3.4:5",
                                         "event=start",
                                         "event=stop",
                                         "event=signal",
                                         "event=listen",
                                         "event=server-up server=a",
                                         "event=server-down",
                                         "event=drain-begun",
                                         "event=stats",
                                         "event=worker worker=1",
                                         "event=start-failed",
                                         "event=log-dropped"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        assert_int_equal(passed(always[i], 100, 0), 100);
    assert_int_equal(passed("event=closed-early", 100, 0), 10);
    assert_int_equal(passed("no event", 100, 0), 100);
    for (unsigned i = 0; i < 100; i++)
        assert_true(brink_repeats_pass(&repeats, BRINK_LOG_DEBUG, "event=d", 7, 0));
}

static void many_places_are_one(void **state)
{
    (void)state;
    unsigned through = 0;
    char line[64];
    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(line, sizeof line, "event=x peer=10.0.%u.%u:1", i / 256, i % 256);
        through += pass(line, 0);
    }
    assert_int_equal(through, BRINK_REPEATS_PLACES + BRINK_REPEATS_LINES);
    assert_true(pass("event=y peer=10.0.0.1:1", 0)); /* another event has a count of its own */
    (void)snprintf(line, sizeof line, "event=suppressed of=x count=%u",
                   10000 - BRINK_REPEATS_PLACES - BRINK_REPEATS_LINES);
    assert_string_equal(told(1000), line);
    assert_string_equal(told(1000), "");
    assert_int_equal(passed("event=x peer=10.9.9.9:1", 11, 1000), 10); /* there is room again */
}

/* Whatever comes when: each line went through or is counted. */
static void nothing_is_lost(void **state)
{
    (void)state;
    uint64_t through = 0;
    uint64_t counted = 0;
    uint64_t now_ms = 0;
    unsigned random = 1;
    for (unsigned i = 0; i < 100000; i++) {
        char line[64];
        random = random * 1103515245 + 12345;
        now_ms += random >> 16 & 3;
        unsigned event = random >> 20 & 31;
        (void)snprintf(line, sizeof line, "event=e%u peer=10.0.0.%u:1", event & 7, random >> 25);
        through += pass(line, now_ms);
        for (const char *text = told(now_ms); *text != '\0'; text = told(now_ms))
            counted += strtoull(strstr(text, "count=") + 6, NULL, 10);
    }
    assert_true(through < 100000);
    for (const char *text = told(UINT64_MAX); *text != '\0'; text = told(UINT64_MAX))
        counted += strtoull(strstr(text, "count=") + 6, NULL, 10);
    assert_int_equal(through + counted, 100000);
    assert_int_equal(repeats.left_out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ten_in_a_second_go_through, reset),
        cmocka_unit_test_setup(ten_that_are_spread_are_not_too_many, reset),
        cmocka_unit_test_setup(places_are_apart, reset),
        cmocka_unit_test_setup(what_must_be_told_is, reset),
        cmocka_unit_test_setup(many_places_are_one, reset),
        cmocka_unit_test_setup(nothing_is_lost, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
