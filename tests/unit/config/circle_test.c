/* Which relays lead to themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

static void assert_circle(const char *listen, const char *server, bool circle)
{
    char conf[512];
    (void)snprintf(conf, sizeof conf,
                   "listener \"l\" { address = %s; upstream = u }\n"
                   "upstream \"u\" { server = 10.9.9.9:9; server = %s }",
                   listen, server);
    struct brink_config *config = written_config(conf);
    char *told = written_told(&config->problems);
    bool warned = strstr(told, "conf:1: warning: server ") != NULL &&
                  strstr(told, "of its upstream \"u\" is this listener") != NULL;
    if (config->problems.errors > 0 || config->problems.warnings != (unsigned)circle ||
        warned != circle)
        fail_msg("of\n%s\nis told:\n%s", conf, told);
    free(told);
    brink_config_free(config);
}

static void the_same_address_leads_back(void **state)
{
    (void)state;
    assert_circle("10.0.0.1:5", "10.0.0.1:5", true);
    assert_circle("10.0.0.1:5", "10.0.0.1:6", false);
    assert_circle("10.0.0.1:5", "10.0.0.2:5", false);
    assert_circle("[2001:db8::1]:5", "[2001:db8::1]:5", true);
    assert_circle("10.0.0.2:5, 10.0.0.1:5", "10.0.0.1:5", true);
    assert_circle("unix:/a", "unix:/a", true);
    assert_circle("unix:/a", "unix:/b", false);
    assert_circle("unix:@a", "unix:/a", false);
    assert_circle("host:5", "HOST:5", true);
    assert_circle("host:5", "other:5", false);
    assert_circle("fd:3", "127.0.0.1:5", false);
}

static void loopback_leads_back_to_every_address(void **state)
{
    (void)state;
    assert_circle(":5", "127.0.0.1:5", true);
    assert_circle(":5", ":5", true);
    assert_circle(":5", "[::1]:5", true);
    assert_circle(":5", "localhost:5", true);
    assert_circle(":5", "0.0.0.0:5", true);
    assert_circle(":5", "10.0.0.1:5", false); /* it may be another machine's */
    assert_circle(":5", "host:5", false);
    assert_circle(":5", "unix:/a", false);
    assert_circle("0.0.0.0:5", "127.0.0.2:5", true);
    assert_circle("0.0.0.0:5", "localhost:5", true);
    assert_circle("0.0.0.0:5", "[::1]:5", false);
    assert_circle("[::]:5", "127.0.0.1:5", true);
}

static void localhost_is_loopback(void **state)
{
    (void)state;
    assert_circle("127.0.0.1:5", "localhost:5", true);
    assert_circle("localhost:5", "127.0.0.1:5", true);
    assert_circle("localhost:5", "10.0.0.1:5", false);
    assert_circle("10.0.0.1:5", "localhost:5", false);
    assert_circle("127.0.0.1:5", "127.0.0.2:5", false);
}

static void another_listeners_upstream_is_its_own_affair(void **state)
{
    (void)state;
    brink_config_free(assert_good("listener \"a\" { address = :5; upstream = u }\n"
                                  "listener \"b\" { address = :6; service = echo }\n"
                                  "upstream \"u\" { server = :6 }\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_address_leads_back),
        cmocka_unit_test(loopback_leads_back_to_every_address),
        cmocka_unit_test(localhost_is_loopback),
        cmocka_unit_test(another_listeners_upstream_is_its_own_affair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
