/* Which addresses are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void assert_overlap(const char *one, const char *other, bool same)
{
    for (int turn = 0; turn < 2; turn++) {
        char conf[512];
        (void)snprintf(conf, sizeof conf,
                       "listener \"a\" { address = %s; service = echo }\n"
                       "listener \"b\" { address = %s; service = echo }",
                       turn ? one : other, turn ? other : one);
        struct brink_config *config = written_config(conf);
        if ((config->problems.errors == 1) != same)
            fail_msg("%s", conf);
        if (same)
            assert_non_null(
                strstr(config->problems.list[0].what.text, "of listener \"a\" (line 1)"));
        brink_config_free(config);
    }
}

static void the_same_address_or_all_of_a_port(void **state)
{
    (void)state;
    assert_overlap("10.0.0.1:5", "10.0.0.1:5", true);
    assert_overlap("10.0.0.1:5", "10.0.0.2:5", false);
    assert_overlap("10.0.0.1:5", "10.0.0.1:6", false);
    assert_overlap(":5", "10.0.0.1:5", true);
    assert_overlap(":5", "[::1]:5", true);
    assert_overlap("0.0.0.0:5", "10.0.0.1:5", true);
    assert_overlap("0.0.0.0:5", "[::1]:5", false);
    assert_overlap("0.0.0.0:5", ":5", true);
    assert_overlap("0.0.0.0:5", "host:5", true);
    assert_overlap("host:5", "HOST:5", true);
    assert_overlap("host:5", "other:5", false);
    assert_overlap(":0", ":0", false);
    assert_overlap("unix:/a", "unix:/a", true);
    assert_overlap("unix:/a", "unix:/b", false);
    assert_overlap("unix:/a", ":5", false);
    assert_overlap("fd:3", "fd:3", true);
    assert_overlap("fd:3", "fd:4", false);
    assert_overlap("fd:3", ":3", false);
    assert_overlap("fd:web", "fd:web", true);
    assert_overlap("fd:web", "fd:dns", false);
    assert_overlap("fd:web", "fd:3", false);
}

static void within_a_listener_too(void **state)
{
    (void)state;
    assert_tells("listener \"a\" { address = :5, 127.0.0.1:5; service = echo }",
                 "127.0.0.1:5 is taken by [::]:5");
}

static void the_admin_wants_one_of_its_own(void **state)
{
    (void)state;
    assert_tells("listener \"a\" { address = :5; service = echo }\n"
                 "admin { address = 127.0.0.1:5 }",
                 "conf:2: 127.0.0.1:5 is taken by [::]:5 of listener \"a\" (line 1)");
    assert_tells("admin { address = unix:/a }\n"
                 "listener \"a\" { address = unix:/a; service = echo }",
                 "conf:1: unix:/a is taken by unix:/a of listener \"a\" (line 2)");
    brink_config_free(assert_good("listener \"a\" { address = 127.0.0.1:5; service = echo }\n"
                                  "admin { address = 127.0.0.1:6 }"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_address_or_all_of_a_port),
        cmocka_unit_test(the_admin_wants_one_of_its_own),
        cmocka_unit_test(within_a_listener_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
