/* What went wrong, by reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "app/load/trouble.h"
#include "unit/app/printed.h"

static void test_same_reasons_are_counted_together(void **state)
{
    (void)state;
    struct brink_load_troubles troubles = {0};
    brink_load_troubles_add(&troubles, BRINK_LOAD_CONNECTING, ECONNREFUSED, 1);
    brink_load_troubles_add(&troubles, BRINK_LOAD_AT_WORK, ECONNRESET, 2);
    brink_load_troubles_add(&troubles, BRINK_LOAD_CONNECTING, ECONNREFUSED, 3);
    brink_load_troubles_add(&troubles, BRINK_LOAD_OPENING, ECONNRESET, 1);
    assert_true(troubles.count == 7);
    assert_int_equal(troubles.reasons_count, 3);
    assert_true(troubles.reasons[0].count == 4);
}

static void test_more_reasons_than_there_is_room_for(void **state)
{
    (void)state;
    struct brink_load_troubles troubles = {0};
    struct brink_load_troubles sum = {0};
    for (int err = 1; err <= 20; err++)
        brink_load_troubles_add(&troubles, BRINK_LOAD_AT_WORK, err, 1);
    assert_true(troubles.count == 20);
    assert_int_equal(troubles.reasons_count, BRINK_LOAD_REASONS_MAX);
    brink_load_troubles_merge(&sum, &troubles);
    assert_true(sum.count == 20);
    assert_int_equal(sum.reasons_count, BRINK_LOAD_REASONS_MAX);
}

static void test_merge(void **state)
{
    (void)state;
    struct brink_load_troubles a = {0};
    struct brink_load_troubles b = {.no_frame = "header=00"};
    brink_load_troubles_add(&a, BRINK_LOAD_AT_WORK, EPIPE, 1);
    brink_load_troubles_add(&b, BRINK_LOAD_AT_WORK, EPROTO, 2);
    brink_load_troubles_add(&b, BRINK_LOAD_AT_WORK, EPIPE, 4);
    brink_load_troubles_merge(&a, &b);
    assert_true(a.count == 7);
    assert_int_equal(a.reasons_count, 2);
    assert_true(a.reasons[0].count == 5);
    assert_string_equal(a.no_frame, "header=00");
    (void)snprintf(b.no_frame, sizeof b.no_frame, "other");
    brink_load_troubles_merge(&a, &b);
    assert_string_equal(a.no_frame, "header=00"); /* the first */
}

static void says(enum brink_load_stage stage, int err, const char *sentence)
{
    char text[BRINK_LOAD_REASON_TEXT];
    struct brink_load_reason reason = {.stage = stage, .err = err, .count = 1};
    assert_string_equal(brink_load_reason_format(&reason, text, sizeof text), sentence);
}

static void test_sentences(void **state)
{
    (void)state;
    says(BRINK_LOAD_CONNECTING, ECONNREFUSED, "connecting: Connection refused");
    says(BRINK_LOAD_CONNECTING, ETIMEDOUT, "connecting: no answer in time");
    says(BRINK_LOAD_OPENING, ETIMEDOUT,
         "the first frame: no reply in time; --one-way is for endpoints that never reply");
    says(BRINK_LOAD_AT_WORK, ETIMEDOUT, "at work: no reply in time");
    says(BRINK_LOAD_AT_WORK, ECONNABORTED, "at work: the peer closed the connection");
    says(BRINK_LOAD_SILENT, ECONNABORTED, "an idle connection: the peer closed the connection");
    says(BRINK_LOAD_AT_WORK, EPROTO, "at work: what came back is not a frame; is --frame right?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_reasons_are_counted_together),
        cmocka_unit_test(test_more_reasons_than_there_is_room_for),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
