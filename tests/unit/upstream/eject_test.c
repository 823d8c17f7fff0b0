/* When a server is ejected, for how long, and what ends a row of failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/eject.h"

static struct brink_eject_options usual(void)
{
    return (struct brink_eject_options){
        .connect_failures = 3, .base_ms = 1000, .max_ms = 2500, .max_percent = 50};
}

static enum brink_eject_verdict note(struct brink_eject *eject,
                                     const struct brink_eject_options *options,
                                     enum brink_outcome outcome, int times)
{
    enum brink_eject_verdict verdict = BRINK_EJECT_NOTHING;
    for (int i = 0; i < times; i++)
        verdict = brink_eject_note(eject, options, outcome);
    return verdict;
}

static void failures_in_a_row_eject(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 2), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 2), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 1), BRINK_EJECT_DUE);
    /* The group did not allow it: said again. */
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 1), BRINK_EJECT_DUE);
}

static void a_count_stays_at_its_most(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {.connect_failures = UINT32_MAX};
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 1), BRINK_EJECT_DUE);
    assert_int_equal(eject.connect_failures, UINT32_MAX);
}

static void what_is_not_looked_at_ejects_nobody(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    options.connect_failures = 0;
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 100),
                     BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_RESET, 100), BRINK_EJECT_NOTHING);
    options = usual();
    options.base_ms = 0;
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 100),
                     BRINK_EJECT_NOTHING);
}

static void silence_counts_as_a_failed_connect(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    options.reply_ms = 100;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
        assert_int_equal(note(&eject, &options, BRINK_OUTCOME_UNANSWERED, 1), BRINK_EJECT_NOTHING);
    }
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 1), BRINK_EJECT_DUE);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_ANSWERED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_UNANSWERED, 2), BRINK_EJECT_NOTHING);
}

static void resets_are_counted_through_connects(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    options.resets = 2;
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_RESET, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_RESET, 1), BRINK_EJECT_DUE);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_ANSWERED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_RESET, 1), BRINK_EJECT_NOTHING);
    /* Resets in between are no failed connects, and a connect ends a row of those. */
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 2), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 2), BRINK_EJECT_NOTHING);
}

static void each_time_is_longer_up_to_a_limit(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    static const uint64_t lengths[] = {1000, 2000, 2500, 2500};
    uint64_t now_ms = 50;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 3), BRINK_EJECT_DUE);
        assert_int_equal(brink_eject_begin(&eject, &options, now_ms), lengths[i]);
        assert_int_equal(eject.until_ms, now_ms + lengths[i]);
        assert_true(eject.ejected);
        now_ms = eject.until_ms;
        brink_eject_end(&eject);
        assert_false(eject.ejected);
    }
}

static void begin_and_end(struct brink_eject *eject, const struct brink_eject_options *options,
                          uint64_t now_ms, uint64_t wanted_ms)
{
    assert_int_equal(note(eject, options, BRINK_OUTCOME_CONNECT_FAILED, 3), BRINK_EJECT_DUE);
    assert_int_equal(brink_eject_begin(eject, options, now_ms), wanted_ms);
    brink_eject_end(eject);
}

static void a_success_or_a_long_time_begins_anew(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    begin_and_end(&eject, &options, 1000, 1000); /* until 2000 */
    begin_and_end(&eject, &options, 4500, 2000); /* until 6500 */
    begin_and_end(&eject, &options, 9001, 1000); /* more than max_ms later */
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    begin_and_end(&eject, &options, 10002, 1000);
}

static void success_ends_an_ejection(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {0};
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 3), BRINK_EJECT_DUE);
    (void)brink_eject_begin(&eject, &options, 1);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 9), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_OVER);
    assert_false(eject.ejected);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 2), BRINK_EJECT_NOTHING);
    /* Where replies are looked at, a mere connect says nothing. */
    options.reply_ms = 100;
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECT_FAILED, 1), BRINK_EJECT_DUE);
    (void)brink_eject_begin(&eject, &options, 1);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_CONNECTED, 1), BRINK_EJECT_NOTHING);
    assert_int_equal(note(&eject, &options, BRINK_OUTCOME_ANSWERED, 1), BRINK_EJECT_OVER);
}

static void no_limit_is_no_limit(void **state)
{
    (void)state;
    struct brink_eject_options options = usual();
    struct brink_eject eject = {.times = UINT32_MAX};
    options.max_ms = 0;
    options.base_ms = UINT32_MAX;
    assert_true(brink_eject_begin(&eject, &options, 5) == (uint64_t)UINT32_MAX * UINT32_MAX);
}

static void some_servers_stay(void **state)
{
    (void)state;
    static const struct {
        uint32_t percent, servers, most;
    } cases[] = {{50, 1, 0}, {50, 2, 1},  {50, 3, 1}, {50, 4, 2},     {0, 10, 0},
                 {10, 9, 0}, {10, 10, 1}, {34, 3, 1}, {100, 1, 1},    {100, 3, 3},
                 {50, 0, 0}, {99, 1, 0},  {99, 2, 1}, {99, 1000, 990}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct brink_eject_options options = {.max_percent = cases[i].percent};
        uint32_t ejected = 0;
        while (ejected < 2000 && brink_eject_allowed(&options, cases[i].servers, ejected))
            ejected++;
        assert_int_equal(ejected, cases[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_eject),
        cmocka_unit_test(a_count_stays_at_its_most),
        cmocka_unit_test(what_is_not_looked_at_ejects_nobody),
        cmocka_unit_test(silence_counts_as_a_failed_connect),
        cmocka_unit_test(resets_are_counted_through_connects),
        cmocka_unit_test(each_time_is_longer_up_to_a_limit),
        cmocka_unit_test(a_success_or_a_long_time_begins_anew),
        cmocka_unit_test(success_ends_an_ejection),
        cmocka_unit_test(no_limit_is_no_limit),
        cmocka_unit_test(some_servers_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
