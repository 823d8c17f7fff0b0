/* Messages for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/message.h"

static void test_sentence_and_result(void **state)
{
    (void)state;
    struct brink_message why;
    brink_result result = brink_message_set(&why, "port %d is above %s", 70000, "65535");
    assert_int_equal(result.err, EINVAL);
    assert_string_equal(why.text, "port 70000 is above 65535");
}

static void test_long_sentence_is_cut_and_ends(void **state)
{
    (void)state;
    struct brink_message why;
    memset(&why, 'z', sizeof(why));
    brink_result result = brink_message_set(&why, "%*s", 5000, "x");
    assert_int_equal(result.err, EINVAL);
    assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

static void test_nobody_asks_why(void **state)
{
    (void)state;
    brink_result result = brink_message_set(NULL, "%s", "unheard");
    assert_int_equal(result.err, EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentence_and_result),
        cmocka_unit_test(test_long_sentence_is_cut_and_ends),
        cmocka_unit_test(test_nobody_asks_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
