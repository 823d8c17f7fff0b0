/* brink check: what it prints, and its exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/check/check.h"
#include "unit/app/configured.h"

static const char good[] = "listener \"l\" { address = 127.0.0.1:0; service = echo }\n";
static const char bad[] = "listener \"l\" { address = 127.0.0.1:0; service = ecko; x = 1 }\n";
static const char doubtful[] = "listener \"l\" { address = 192.0.2.1:0; service = echo }\n"
                               "upstream \"u\" { server = 127.0.0.1:1 }\n";

static void a_good_one_is_good(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(configured(brink_check, good, NULL, &capture), BRINK_EXIT_OK);
    assert_has(capture.out, ": good (1 listener, 0 upstreams)\n");
    assert_string_equal(capture.err, "");
}

static void all_that_is_wrong_is_told(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(configured(brink_check, bad, "--dump", &capture), BRINK_EXIT_CONFIG);
    assert_has(capture.err, ":1: service: \"ecko\": write echo or relay\n");
    assert_has(capture.err, ":1: unknown key \"x\" in listener \"l\"");
    assert_has(capture.err, ": 2 errors, 0 warnings\n");
    assert_string_equal(capture.out, "");
}

static void a_warning_is_no_error(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(configured(brink_check, doubtful, NULL, &capture), BRINK_EXIT_OK);
    assert_has(capture.err, ":2: warning: no listener uses upstream \"u\"");
    assert_has(capture.out, ": good ");
}

static void the_machine_is_looked_at_when_asked_for(void **state)
{
    (void)state;
    struct capture capture;
    assert_int_equal(configured(brink_check, doubtful, "--full", &capture), BRINK_EXIT_CONFIG);
    assert_has(capture.err, ":1: cannot listen on 192.0.2.1:0");
    assert_int_equal(configured(brink_check, good, "--full", &capture), BRINK_EXIT_OK);
}

static void a_user_that_is_not_there_is_found(void **state)
{
    (void)state;
    static const char conf[] = "user = no-such-user\n"
                               "listener \"l\" { address = 127.0.0.1:0; service = echo }\n";
    struct capture capture;
    assert_int_equal(configured(brink_check, conf, NULL, &capture), BRINK_EXIT_OK);
    assert_int_equal(configured(brink_check, conf, "--full", &capture), BRINK_EXIT_CONFIG);
    assert_has(capture.err, "user: there is no user \"no-such-user\"");
}

static void the_dump_is_a_configuration(void **state)
{
    (void)state;
    struct capture first;
    struct capture second;
    assert_int_equal(configured(brink_check, good, "--dump", &first), BRINK_EXIT_OK);
    assert_has(first.out, "listener \"l\" {\n    address = \"127.0.0.1:0\"\n");
    assert_int_equal(configured(brink_check, first.out, "--dump", &second), BRINK_EXIT_OK);
    assert_string_equal(first.out, second.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_that_is_not_there_is_found),
        cmocka_unit_test(a_good_one_is_good),
        cmocka_unit_test(all_that_is_wrong_is_told),
        cmocka_unit_test(a_warning_is_no_error),
        cmocka_unit_test(the_machine_is_looked_at_when_asked_for),
        cmocka_unit_test(the_dump_is_a_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
