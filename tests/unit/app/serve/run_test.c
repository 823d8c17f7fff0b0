/* brink run: what keeps it from starting. That it serves is for the tests of the whole program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/serve/run.h"
#include "unit/app/configured.h"

static void a_wrong_configuration_is_told_and_not_served(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(configured(brink_run, "workers = many\n", NULL, &capture), BRINK_EXIT_CONFIG);
    assert_has(capture.err, ":1: workers: \"many\"");
    assert_has(capture.err, "there is no listener");
}

static void a_start_that_fails_says_why(void **state)
{
    (void)state;
    struct capture capture;
    static const char conf[] = "listener \"l\" { address = unix:/nowhere/x; service = echo }\n";
    assert_int_equal(configured(brink_run, conf, NULL, &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "event=start-failed");
    static const char admin[] = "listener \"l\" { address = 127.0.0.1:0; service = echo }\n"
                                "admin { address = unix:/nowhere/x }\n";
    assert_int_equal(configured(brink_run, admin, NULL, &capture), BRINK_EXIT_FAILURE);
    assert_has(capture.err, "event=start-failed error=\"admin: cannot listen on unix:/nowhere/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_configuration_is_told_and_not_served),
        cmocka_unit_test(a_start_that_fails_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
