/* Where figures are told, and where they are not without being asked to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "written.h"

#define ECHO "listener \"l\" { address = :1; service = echo }\n"

static void there_is_none_by_default(void **state)
{
    (void)state;
    struct brink_config *config = assert_good(ECHO);
    assert_int_equal(config->admin.address_count, 0);
    assert_false(config->admin.off);
    brink_config_free(config);
}

static void what_no_other_machine_reaches_is_good(void **state)
{
    (void)state;
    static const char *const good[] = {"unix:/run/brink/admin.sock",
                                       "unix:@brink",
                                       "127.0.0.1:9",
                                       "127.8.8.8:9",
                                       "[::1]:9",
                                       "localhost:9",
                                       "fd:3",
                                       "fd:admin",
                                       "0.0.0.0:9; allow-remote = yes",
                                       "box:9; allow-remote = yes"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char conf[256];
        (void)snprintf(conf, sizeof conf, ECHO "admin { address = %s }", good[i]);
        struct brink_config *config = assert_good(conf);
        const char *address = config->admin.addresses[0];
        assert_int_equal(config->admin.address_count, 1);
        assert_int_equal(strncmp(address, good[i], strlen(address)), 0);
        assert_int_equal(config->admin.allow_remote, strchr(good[i], ';') != NULL);
        brink_config_free(config);
    }
}

static void what_others_reach_is_to_be_allowed(void **state)
{
    (void)state;
    assert_tells(ECHO "admin { address = 0.0.0.0:9 }",
                 "conf:2: other machines reach 0.0.0.0:9, and nobody is asked");
    assert_tells(ECHO "admin { address = :9; allow-remote = no }", "other machines reach :9");
    assert_tells(ECHO "admin { address = [::]:9 }", "other machines reach [::]:9");
    assert_tells(ECHO "admin { address = box:9 }", "other machines reach box:9");
}

static void there_may_be_several_or_none(void **state)
{
    (void)state;
    struct brink_config *config =
        assert_good(ECHO "admin { address = unix:/a, 127.0.0.1:9\naddress = [::1]:9\n"
                         "host = brink.example.org, box_1 }");
    assert_int_equal(config->admin.address_count, 3);
    assert_string_equal(config->admin.addresses[1], "127.0.0.1:9");
    assert_int_equal(config->admin.host_count, 2);
    assert_string_equal(config->admin.hosts[1], "box_1");
    assert_false(config->admin.off);
    brink_config_free(config);
    config = assert_good(ECHO "admin { address = off }");
    assert_true(config->admin.off);
    brink_config_free(config);
    assert_tells(ECHO "admin { address = unix:/a, off }", "address = off leaves no other");
    assert_tells(ECHO "admin { address = unix:/a, unix:/a }",
                 "unix:/a is taken by unix:/a of admin; remove one");
    assert_tells(ECHO "admin { address = unix:/a; host = a:9 }", "is no name of a machine");
    assert_tells(ECHO "admin { address = 1, :2, :3, :4, :5, :6, :7, :8, :9 }", "address");
    assert_tells(ECHO "admin { address = unix:/a, 0.0.0.0:9 }", "other machines reach 0.0.0.0:9");
}

static void mistakes_are_told(void **state)
{
    (void)state;
    assert_tells(ECHO "admin { }", "conf:2: admin has no address; write address = ");
    assert_tells(ECHO "admin { address = 9 }", "conf:2: ");
    assert_tells(ECHO "admin { adress = :9 }", "did you mean \"address\"?");
    assert_tells(ECHO "admin { address = 127.0.0.1:9 }\nadmin { address = 127.0.0.1:8 }",
                 "conf:3: ");
    assert_tells("admin { address = 127.0.0.1:9 }", "there is no listener");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_none_by_default),
        cmocka_unit_test(what_no_other_machine_reaches_is_good),
        cmocka_unit_test(what_others_reach_is_to_be_allowed),
        cmocka_unit_test(there_may_be_several_or_none),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
